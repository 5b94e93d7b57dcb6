package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"almoner/domain"
	"almoner/internal/keyfile"
)

// passphrase finds the passphrase of an existing key: the file of --passphrase-file, ALMONER_PASSPHRASE, or the terminal.
func (a *app) passphrase(whose string) (string, error) {
	if secret, ok, err := a.givenPassphrase(); ok || err != nil {
		return secret, err
	}
	return a.ask(fmt.Sprintf(a.words.pick("%s 的密钥口令: ", "passphrase of %s: "), whose))
}

// newPassphrase finds the passphrase for a new key; a person types it twice.
func (a *app) newPassphrase(whose string) (string, error) {
	secret, ok, err := a.givenPassphrase()
	if err != nil {
		return "", err
	}
	if !ok {
		if secret, err = a.ask(fmt.Sprintf(a.words.pick("为 %s 设新口令（至少 %d 个字符）: ", "new passphrase for %s (at least %d characters): "), whose, keyfile.MinPassphrase)); err != nil {
			return "", err
		}
		again, err := a.ask(a.words.pick("再输入一次: ", "once more: "))
		if err != nil {
			return "", err
		}
		if again != secret {
			return "", domain.Refuse(domain.Invalid, "key.passphrase-differs", "the two passphrases differ").WithNext("start again and type the same one twice")
		}
	}
	if utf8.RuneCountInString(secret) < keyfile.MinPassphrase {
		return "", domain.Refuse(domain.Invalid, "key.passphrase-short", "the passphrase has fewer than %d characters", keyfile.MinPassphrase).
			WithNext("choose a longer one, such as four or five words")
	}
	return secret, nil
}

func (a *app) givenPassphrase() (secret string, ok bool, err error) {
	if path := a.flags.PassphraseFile; path != "" {
		const most = 4096 // bytes; a passphrase is a line
		raw, err := keyfile.ReadPrivate(path, most)
		if err != nil {
			return "", false, fmt.Errorf("passphrase file: %w", err)
		}
		line, _, _ := strings.Cut(string(raw), "\n")
		return strings.TrimSuffix(line, "\r"), true, nil
	}
	secret = a.getenv("ALMONER_PASSPHRASE")
	return secret, secret != "", nil
}

// ask reads a secret from the terminal without showing it.
func (a *app) ask(prompt string) (string, error) {
	if a.in == nil || !term.IsTerminal(int(a.in.Fd())) {
		return "", domain.Refuse(domain.Invalid, "key.passphrase-missing", "the key needs its passphrase, and there is no terminal to ask on").
			WithNext("give --passphrase-file FILE, or set ALMONER_PASSPHRASE")
	}
	fmt.Fprint(a.err, prompt)
	secret, err := term.ReadPassword(int(a.in.Fd()))
	fmt.Fprintln(a.err)
	if err != nil {
		return "", fmt.Errorf("read the passphrase: %w", err)
	}
	return string(secret), nil
}

// given is a value of the command line that is better not there: "-" reads it from the first line of standard input, so that
// it stands in no history and no list of processes.
func (a *app) given(value string) (string, error) {
	if value != "-" {
		return value, nil
	}
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// content reads a whole file, "-" meaning standard input.
func (a *app) content(path string, most int64) ([]byte, error) {
	var from io.Reader = a.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(raw)) > most {
		return nil, domain.Refuse(domain.Invalid, "file.too-large", "%s is larger than %d bytes", path, most).WithNext("check that it is the right file")
	}
	return raw, nil
}
