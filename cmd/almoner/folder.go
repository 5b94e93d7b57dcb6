package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"almoner/domain"
	"almoner/internal/keyfile"
)

// folder is where an embedded ledger lies. Whoever can write ledger.db can add or cut off events, which only a witness or a
// pinned checkpoint shows; whoever can write views.db can make lists show what they like but move no money; whoever holds
// keys/ still needs the passphrases, except for the log's key.
type folder struct {
	dir    string
	master string
}

func (f folder) events() string { return filepath.Join(f.dir, "ledger.db") }
func (f folder) views() string  { return filepath.Join(f.dir, "views.db") }
func (f folder) vault() string  { return filepath.Join(f.dir, "vault.db") }
func (f folder) keys() string   { return filepath.Join(f.dir, "keys") }
func (f folder) logKey() string { return filepath.Join(f.keys(), "log.key") }

// keyOf is where an officer's key file lies unless --key says otherwise. Officer ids have no slashes.
func (f folder) keyOf(officer string) string { return filepath.Join(f.keys(), officer+".key") }

// folder says where the ledger of the command line lies.
func (a *app) folder() (folder, error) {
	if a.flags.Store != "" {
		return folder{}, domain.Refuse(domain.Invalid, "store.engine", "%q: this version keeps ledgers in a folder; clusters (esdb://) come later", a.flags.Store).
			WithNext("name the folder of an embedded ledger with --data DIR, and leave --store out")
	}
	if a.flags.Data == "" {
		return folder{}, usage(a.words, "没有指明台账文件夹", "no ledger is named").(*usageError).with(
			a.words.pick("加 --data DIR，或设环境变量 ALMONER_DATA", "give --data DIR, or set ALMONER_DATA"))
	}
	dir, err := filepath.Abs(a.flags.Data)
	if err != nil {
		return folder{}, fmt.Errorf("folder %s: %w", a.flags.Data, err)
	}
	f := folder{dir: dir, master: a.flags.Master}
	if f.master == "" {
		f.master = dir + ".master"
	}
	return f, nil
}

func (e *usageError) with(next string) error { return &usageError{text: e.text, next: next} }

// exists refuses a folder that holds no ledger.
func (f folder) exists() error {
	if _, err := os.Stat(f.events()); err != nil {
		return domain.Refuse(domain.NotFound, "ledger.none", "there is no ledger in %s", f.dir).
			WithNext("name the folder of a ledger with --data, or create one: almoner ledger init --data %s", f.dir)
	}
	return nil
}

// createLogKey makes the key that signs checkpoints, in the form of golang.org/x/mod/sumdb/note ("PRIVATE+KEY+…"), one line
// of mode 0600. It has no passphrase, since the server signs by itself; whoever takes it can sign another history under this
// origin, which is what witnesses are for. It returns the public key in the form of entry 0.
func (f folder) createLogKey(origin string) (public string, err error) {
	private, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return "", fmt.Errorf("make the log's key: %w", err)
	}
	key, err := noteKey(private)
	if err != nil {
		return "", err
	}
	if err := keyfile.WritePrivate(f.logKey(), []byte(private+"\n")); err != nil {
		return "", fmt.Errorf("write the log's key: %w", err)
	}
	return keyfile.FormatPublic(key.Public().(ed25519.PublicKey)), nil
}

// noteKey reads the Ed25519 key out of a note signer's text: PRIVATE+KEY+<name>+<hash>+<base64 of 1 and the seed>.
func noteKey(text string) (ed25519.PrivateKey, error) {
	parts := strings.SplitN(strings.TrimSpace(text), "+", 5)
	if len(parts) != 5 {
		return nil, fmt.Errorf("the log's key has %d parts, not 5", len(parts))
	}
	raw, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize || raw[0] != 1 {
		return nil, fmt.Errorf("the log's key is not an Ed25519 seed")
	}
	return ed25519.NewKeyFromSeed(raw[1:]), nil
}
