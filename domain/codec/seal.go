package codec

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"reflect"
)

// SealAlg is the one way personal data is sealed today: AES-256-GCM under the person's data key.
const SealAlg = "aes-256-gcm"

// SaltSize is the size of the commitment's salt, NonceSize that of the AEAD's nonce; bytes of both come from the caller.
const (
	SaltSize  = 32
	NonceSize = 12
)

// Sealed is personal data of one person, readable only with that person's key. Destroying the key erases the person
// here while every hash over the event still holds.
type Sealed struct {
	Alg string `json:"alg"`
	Cm  string `json:"cm"`  // base64 HMAC-SHA-256(salt, data): binds the ciphertext to one reading
	Ct  string `json:"ct"`  // base64 AEAD of {"data":…,"salt":…}, bound to event id, stream, type and kid
	Kid string `json:"kid"` // the key's id: a person, or a file or case
	N   string `json:"n"`   // base64 nonce
}

// Part is one piece of personal data of an event, before sealing: Value is a pointer to a struct.
type Part struct {
	Kid   string
	Value any
}

// SealContext is what sealed data is bound to, so that it cannot be moved to another event.
type SealContext struct{ ID, Stream, Type string }

func (c SealContext) bytes(kid string) []byte {
	return []byte(c.ID + "|" + c.Stream + "|" + c.Type + "|" + kid)
}

// plaintext is what stands inside the ciphertext.
type plaintext struct {
	Data Raw    `json:"data"`
	Salt string `json:"salt"`
}

// Seal encrypts one part under key (32 bytes). random is SaltSize+NonceSize fresh random bytes.
func Seal(c SealContext, p Part, key, random []byte) (Sealed, error) {
	if len(random) != SaltSize+NonceSize {
		return Sealed{}, fmt.Errorf("seal for %s: %d random bytes, want %d", p.Kid, len(random), SaltSize+NonceSize)
	}
	data, err := MarshalPrivate(p.Value)
	if err != nil {
		return Sealed{}, fmt.Errorf("seal for %s: %w", p.Kid, err)
	}
	salt, nonce := random[:SaltSize], random[SaltSize:]
	plain, err := Marshal(plaintext{Data: Raw(data), Salt: base64.StdEncoding.EncodeToString(salt)})
	if err != nil {
		return Sealed{}, fmt.Errorf("seal for %s: %w", p.Kid, err)
	}
	aead, err := newAEAD(key)
	if err != nil {
		return Sealed{}, fmt.Errorf("seal for %s: %w", p.Kid, err)
	}
	return Sealed{
		Alg: SealAlg,
		Cm:  base64.StdEncoding.EncodeToString(Commit(salt, data)),
		Ct:  base64.StdEncoding.EncodeToString(aead.Seal(nil, nonce, plain, c.bytes(p.Kid))),
		Kid: p.Kid,
		N:   base64.StdEncoding.EncodeToString(nonce),
	}, nil
}

// Open decrypts s with key and checks the commitment. It returns the canonical bytes of the part's value.
func Open(c SealContext, s Sealed, key []byte) (Raw, error) {
	fail := func(err error) (Raw, error) { return "", fmt.Errorf("open sealed data of %s: %w", s.Kid, err) }
	if s.Alg != SealAlg {
		return fail(fmt.Errorf("unknown algorithm %q", s.Alg))
	}
	ct, err := decode64(s.Ct)
	if err != nil {
		return fail(err)
	}
	nonce, err := decode64(s.N)
	if err != nil || len(nonce) != NonceSize {
		return fail(fmt.Errorf("nonce is not %d bytes", NonceSize))
	}
	aead, err := newAEAD(key)
	if err != nil {
		return fail(err)
	}
	plain, err := aead.Open(nil, nonce, ct, c.bytes(s.Kid))
	if err != nil {
		return fail(fmt.Errorf("wrong key, or the data was changed or moved: %w", err))
	}
	var p plaintext
	if err := Unmarshal(plain, &p); err != nil {
		return fail(err)
	}
	salt, err := decode64(p.Salt)
	if err != nil {
		return fail(err)
	}
	cm, err := decode64(s.Cm)
	if err != nil {
		return fail(err)
	}
	if !hmac.Equal(cm, Commit(salt, []byte(p.Data))) {
		return fail(fmt.Errorf("the commitment does not match the data"))
	}
	return p.Data, nil
}

// Commit is the commitment to data under a salt: HMAC-SHA-256(salt, data).
func Commit(salt, data []byte) []byte {
	m := hmac.New(sha256.New, salt)
	m.Write(data)
	return m.Sum(nil)
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	if len(key) != 32 {
		return nil, fmt.Errorf("key of %d bytes, want 32", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// decode64 accepts only the one base64 text of its bytes.
func decode64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("base64: %w", err)
	}
	return b, nil
}

// checkSealed reports what is wrong with the form of a sealed list; nothing is opened.
func checkSealed(all []Sealed) error {
	for i, s := range all {
		for _, earlier := range all[:i] {
			if earlier.Kid == s.Kid {
				return fmt.Errorf("sealed %d: a second element for the key id %q", i, s.Kid)
			}
		}
		if !isToken(s.Kid) || !isCode(s.Alg) {
			return fmt.Errorf("sealed %d: key id %q or algorithm %q is malformed", i, s.Kid, s.Alg)
		}
		for _, part := range [...]struct{ name, text string }{{"cm", s.Cm}, {"ct", s.Ct}, {"n", s.N}} {
			if _, err := decode64(part.text); err != nil || part.text == "" {
				return fmt.Errorf("sealed %d: %s is not base64 in its one form", i, part.name)
			}
		}
	}
	return nil
}

// Parts lists the personal data in v (a pointer to an event) in a fixed order: fields as declared, slices in order.
func Parts(v any) []Part {
	var parts []Part
	walkSealed(reflect.ValueOf(v), func(kid string, pointer reflect.Value) {
		if !pointer.IsNil() {
			parts = append(parts, Part{Kid: kid, Value: pointer.Interface()})
		}
	})
	return parts
}

// fill puts opened data back into the event (a pointer) where Parts found it. opened is in the order of the sealed list; empty where a key is absent.
func fill(event reflect.Value, sealed []Sealed, opened []Raw) error {
	used := make([]bool, len(sealed))
	var failed error
	walkSealed(event, func(kid string, pointer reflect.Value) {
		for i, s := range sealed {
			if used[i] || s.Kid != kid {
				continue
			}
			used[i] = true
			if opened[i] == "" {
				return
			}
			fresh := reflect.New(pointer.Type().Elem())
			if err := Unmarshal(opened[i], fresh.Interface()); err != nil {
				failed = fmt.Errorf("sealed data of %s: %w", kid, err)
				return
			}
			pointer.Set(fresh)
			return
		}
	})
	for i, u := range used {
		if !u && failed == nil {
			failed = fmt.Errorf("sealed data of %s has no place in this event", sealed[i].Kid)
		}
	}
	return failed
}

// walkSealed visits each field marked `seal:"X"`, with the key id that field X beside it holds.
func walkSealed(v reflect.Value, visit func(kid string, pointer reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walkSealed(v.Elem(), visit)
		}
	case reflect.Slice:
		if k := v.Type().Elem().Kind(); k == reflect.Struct || k == reflect.Pointer {
			for i := range v.Len() {
				walkSealed(v.Index(i), visit)
			}
		}
	case reflect.Struct:
		t := v.Type()
		if !carriesSealed(t) {
			return
		}
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() {
				continue
			}
			if kidField := f.Tag.Get("seal"); kidField != "" {
				visit(v.FieldByName(kidField).String(), v.Field(i))
				continue
			}
			walkSealed(v.Field(i), visit)
		}
	}
}

// carriesSealed says whether a type can hold sealed fields at all, so that the walk skips money and dates.
func carriesSealed(t reflect.Type) bool {
	if known, ok := carriers.Load(t); ok {
		return known.(bool)
	}
	found := searchSealed(t, 0)
	carriers.Store(t, found)
	return found
}

func searchSealed(t reflect.Type, depth int) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || depth > maxDepth {
		return false
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.IsExported() && (f.Tag.Get("seal") != "" || searchSealed(f.Type, depth+1)) {
			return true
		}
	}
	return false
}
