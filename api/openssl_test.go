package api

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSigningWithOpenSSL signs as docs/api.md tells it, with a program that knows nothing of ours.
func TestSigningWithOpenSSL(t *testing.T) {
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	w := newTown(t).withRoll()
	c := newClient(w)
	id, dir := w.withRun(), t.TempDir()
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, "handler") // the fixture's key of the handler
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(seed))
	require.NoError(t, err)
	key, text, sig := filepath.Join(dir, "key.pem"), filepath.Join(dir, "statement.txt"), filepath.Join(dir, "statement.sig")
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))

	shown := c.get("handler", "/v1/statements?subject=payrun:"+id+"&action=submit")
	require.NoError(t, os.WriteFile(text, shown.Body.Bytes(), 0o600))
	said, err := exec.CommandContext(w.ctx, program, "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", text, "-out", sig).CombinedOutput()
	if err != nil {
		t.Skipf("this openssl cannot sign with Ed25519: %s", said)
	}
	signature, err := os.ReadFile(sig)
	require.NoError(t, err)
	body := map[string]any{"statement": shown.Body.String(), "signature": base64.StdEncoding.EncodeToString(signature)}
	a := c.post("handler", "/v1/payruns/"+id+"/submissions", body, shown.Header().Get("ETag"))
	require.Equal(t, http.StatusOK, a.Code, "%s", a.Body)
	require.Equal(t, "awaiting", a.decoded()["status"])
}
