package api

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"

	"almoner/domain"
	"almoner/ledger"
	"almoner/ledger/rosterfile"
)

// importTerms is what an office states beside the file: part "terms" of a multipart body.
type importTerms struct {
	Stated ledger.Stated     `json:"stated"`
	Grant  ledger.GrantTerms `json:"grant"`
}

// maxTerms bounds the part "terms".
const maxTerms = 64 << 10

// upload is a roster file as it was handed in.
type upload struct {
	name    string
	content []byte
	terms   importTerms
}

// importRequest reads the file and what is asked of it.
func importRequest(r *request, actor ledger.Actor) (ledger.ImportRequest, error) {
	asked := ledger.ImportRequest{
		Actor: actor, Programme: r.query.Get("programme"), Office: r.query.Get("office"), Kind: rosterfile.Kind(r.query.Get("kind")),
		Sheet: r.query.Get("sheet"), Encoding: rosterfile.Encoding(r.query.Get("encoding")),
	}
	switch {
	case asked.Programme == "" || asked.Office == "":
		return asked, refuse(domain.Invalid, "api.parameter", "an import needs a programme and an office").WithNext("give programme and office")
	case asked.Kind != "" && !slices.Contains(rosterfile.Kinds(), asked.Kind):
		return asked, refuse(domain.Invalid, "api.parameter", "%.40q is no kind of list", string(asked.Kind)).WithNext("use one of %v", rosterfile.Kinds())
	case !slices.Contains([]rosterfile.Encoding{"", rosterfile.UTF8, rosterfile.GB18030}, asked.Encoding):
		return asked, refuse(domain.Invalid, "api.parameter", "%.40q is no encoding that is read", string(asked.Encoding)).WithNext("use UTF-8 or GB18030, or leave it out")
	}
	file, err := readUpload(r)
	if err != nil {
		return asked, err
	}
	if len(file.content) == 0 {
		return asked, refuse(domain.Invalid, "api.body", "the file is empty").WithNext("send the roster as the body, or as the part file of a multipart body")
	}
	asked.FileName, asked.File, asked.Size = file.name, bytes.NewReader(file.content), int64(len(file.content))
	asked.Stated, asked.Grant = file.terms.Stated, file.terms.Grant
	return asked, nil
}

// readUpload takes the file out of a multipart body, or the whole body as the file.
func readUpload(r *request) (upload, error) {
	media, params, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	name := r.query.Get("file-name")
	switch {
	case err == nil && media == "multipart/form-data":
		return readMultipart(multipart.NewReader(bytes.NewReader(r.body), params["boundary"]), name)
	case err == nil && slices.Contains(rosterTypes(), media):
		if name == "" {
			name = "roster"
		}
		return upload{name: name, content: r.body}, nil
	}
	return upload{}, refuse(domain.Invalid, "api.media-type", "the body is %.60q, which is no roster", r.header.Get("Content-Type")).
		WithNext("send multipart/form-data, or one of %v", rosterTypes())
}

// rosterTypes are the media types of a raw body. What the file is, its content tells.
func rosterTypes() []string {
	return []string{"application/octet-stream", "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
}

func readMultipart(parts *multipart.Reader, name string) (upload, error) {
	var up upload
	seen := map[string]bool{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return up, refuse(domain.Invalid, "api.body", "the multipart body cannot be read").WithNext("send it again")
		}
		field := part.FormName()
		if seen[field] {
			return up, refuse(domain.Invalid, "api.body", "the part %.40q comes twice", field).WithNext("send it once")
		}
		seen[field] = true
		content, err := io.ReadAll(part)
		if err != nil {
			return up, refuse(domain.Invalid, "api.body", "the part %.40q broke off", field).WithNext("send it again")
		}
		switch field {
		case "file":
			up.content, up.name = content, part.FileName()
		case "terms":
			if up.terms, err = readTerms(content); err != nil {
				return up, err
			}
		default:
			return up, refuse(domain.Invalid, "api.body", "there is no part %.40q", field).WithNext("send the parts file and terms")
		}
	}
	if name != "" {
		up.name = name
	}
	return up, nil
}

func readTerms(content []byte) (importTerms, error) {
	if len(content) > maxTerms {
		return importTerms{}, refuse(domain.Invalid, "api.body-size", "the terms are longer than %d bytes", maxTerms).WithNext("send less")
	}
	var terms importTerms
	part := request{body: content, header: http.Header{"Content-Type": {"application/json"}}}
	err := part.decode(&terms)
	return terms, err
}
