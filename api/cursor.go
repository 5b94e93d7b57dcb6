package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"

	"almoner/domain"
)

// A cursor is opaque to callers: the place after which the next page begins, bound to the query it belongs to, so that
// the cursor of one list cannot be used on another and skip half of it.

// cursorOf makes the cursor of a place in the answer of a path and query.
func cursorOf(path string, query url.Values, place string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(queryHash(path, query) + place))
}

// place reads the cursor of the request; empty is the first page.
func (r *request) place() (string, error) {
	text := r.query.Get("cursor")
	if text == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	place, found := strings.CutPrefix(string(b), queryHash(r.url.Path, r.query))
	if err != nil || !found {
		return "", refuse(domain.Invalid, "api.cursor", "this is not a cursor of this list and query").WithNext("follow the Link of the page before, or start from the first page")
	}
	return place, nil
}

// number reads a cursor that is a number; 0 is the first page.
func (r *request) number() (int64, error) {
	place, err := r.place()
	if err != nil || place == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(place, 10, 64)
	if err != nil || n < 0 {
		return 0, refuse(domain.Invalid, "api.cursor", "this is not a cursor of this list and query").WithNext("start from the first page")
	}
	return n, nil
}

// next is the URL of the page that begins after a place; the query may have been made more exact than it was asked.
func (r *request) next(query url.Values, place string) string {
	if place == "" {
		return ""
	}
	onward := url.Values{}
	for name, values := range query {
		onward[name] = values
	}
	onward.Set("cursor", cursorOf(r.url.Path, query, place))
	return r.url.Path + "?" + onward.Encode()
}

// queryHash names a query without its cursor and page size.
func queryHash(path string, query url.Values) string {
	rest := url.Values{}
	for name, values := range query {
		if name != "cursor" && name != "limit" {
			rest[name] = values
		}
	}
	sum := sha256.Sum256([]byte(path + "?" + rest.Encode()))
	return hex.EncodeToString(sum[:8])
}

// pageOf cuts a page out of a list whose keys descend: what comes after the last item seen. next is the key of the page's
// last item, and 0 at the end. An item that changes meanwhile moves to the front of such a list; it is not shown twice
// further down.
func pageOf[T any](all []T, key func(T) int64, after int64, limit int) (page []T, next string) {
	page = make([]T, 0, min(limit, len(all)))
	for _, item := range all {
		if after > 0 && key(item) >= after {
			continue
		}
		if len(page) == limit {
			return page, strconv.FormatInt(key(page[limit-1]), 10)
		}
		page = append(page, item)
	}
	return page, ""
}
