package main

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"

	"almoner/domain"
	"almoner/domain/signoff"
	"almoner/internal/keyfile"
	"almoner/ledger"
)

type keyCmd struct {
	Create   keyCreate   `cmd:"" help:"制作密钥文件|make a key file"`
	Register keyRegister `cmd:"" help:"登记某人的公钥（本人密钥签持有证明，任命人签登记）|bind a key to an officer (the key proves possession, the granter signs)"`
	Revoke   keyRevoke   `cmd:"" help:"吊销密钥|revoke a key"`
	List     keyList     `cmd:"" help:"列出某人的密钥|list an officer's keys"`
	Sign     keySign     `cmd:"" help:"离线给声明文件签名|sign a statement file, offline"`
}

// keyCreate makes a key on whatever machine its owner trusts; it needs no ledger.
type keyCreate struct {
	Out string `help:"新密钥文件|the new key file" required:"" placeholder:"FILE"`
}

type keyJSON struct {
	File   string `json:"file"`
	Key    string `json:"key"`
	Public string `json:"public"`
}

// Run makes the key file. It overwrites nothing.
func (c *keyCreate) Run(a *app) error {
	secret, err := a.newPassphrase(c.Out)
	if err != nil {
		return err
	}
	public, err := keyfile.Create(c.Out, secret, rand.Reader)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	out := keyJSON{File: c.Out, Key: keyfile.KeyID(public), Public: keyfile.FormatPublic(public)}
	return a.print(out, func(w io.Writer) {
		fields(w, a.words, "文件|file", out.File, "密钥|key", out.Key, "公钥|public", out.Public)
	})
}

// keyRegister binds a key. Both keys are at hand: the officer's own, and the granter's.
type keyRegister struct {
	ID            string `arg:"" help:"人员编号|officer id"`
	Own           string `help:"本人的密钥文件（默认 DIR/keys/人员.key，没有就新做）|the officer's own key file (default DIR/keys/OFFICER.key, made if there is none)" placeholder:"FILE"`
	OwnPassphrase string `help:"本人密钥的口令文件（默认同授予人口令的来源）|file with the passphrase of the officer's own key (default: as the granter's)" placeholder:"FILE"`
	Custody       string `help:"保管方式|custody" enum:"own-device,hardware,server" default:"own-device"`
}

// Run registers the key.
func (c *keyRegister) Run(a *app) error {
	return a.with(func(s *session) error {
		path := c.Own
		if path == "" {
			path = s.folder.keyOf(c.ID)
		}
		own, err := c.own(a, path)
		if err != nil {
			return err
		}
		g, err := a.granting(s, domain.Date{})
		if err != nil {
			return err
		}
		out, err := s.ledger.RegisterKey(a.ctx, a.commandID(), g, c.ID, s.ledger.WithKey(own), own.Public(), signoff.Custody(c.Custody))
		return a.did(s, "key", own.KeyID(), out, err)
	})
}

// own unlocks the officer's key with their own passphrase, and makes it first if there is none at the default place.
func (c *keyRegister) own(a *app, path string) (keyfile.Signer, error) {
	mine := *a
	if c.OwnPassphrase != "" {
		mine.flags.PassphraseFile = c.OwnPassphrase
	}
	if _, err := keyfile.PublicOf(path); err == nil || c.Own != "" {
		return mine.unlock(path, c.ID)
	}
	secret, err := mine.newPassphrase(c.ID)
	if err != nil {
		return nil, err
	}
	if _, err := keyfile.Create(path, secret, rand.Reader); err != nil {
		return nil, fmt.Errorf("key of %s: %w", c.ID, err)
	}
	key, err := keyfile.Load(path, secret)
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", c.ID, err)
	}
	return keyfile.NewSigner(key)
}

type keyRevoke struct {
	ID     string `arg:"" help:"人员编号|officer id"`
	Key    string `arg:"" help:"密钥编号|key id"`
	Reason string `help:"原因代码，如 key-lost|reason code, such as key-lost" required:"" placeholder:"CODE"`
	commitFlag
}

// Run revokes the key: signatures made before stay valid, none after it is.
func (c *keyRevoke) Run(a *app) error {
	return a.with(func(s *session) error {
		who, err := s.ledger.Officer(a.ctx, c.ID)
		if err != nil {
			return err
		}
		if !c.Commit {
			return a.dryRun("吊销 %s（%s）的密钥 %s，不能恢复", "would revoke the key of %s (%s), %s, for good", who.Officer, who.Name, c.Key)
		}
		g, err := a.granting(s, domain.Date{})
		if err != nil {
			return err
		}
		out, err := s.ledger.RevokeKey(a.ctx, a.commandID(), g, c.ID, c.Key, c.Reason)
		return a.did(s, "key", c.Key, out, err)
	})
}

type keyList struct {
	ID string `arg:"" help:"人员编号|officer id"`
}

// Run lists an officer's keys.
func (c *keyList) Run(a *app) error {
	return a.with(func(s *session) error {
		o, err := s.ledger.Officer(a.ctx, c.ID)
		if err != nil {
			return err
		}
		keys := shownOfficer(o).Keys
		return a.print(keys, func(w io.Writer) { writeKeys(w, a, keys) })
	})
}

// keySign is the second step of signing on another device: no ledger is needed.
type keySign struct {
	File string `arg:"" help:"声明文件；- 表示标准输入|statement file; - for standard input"`
}

// Run signs the bytes of the file as they stand. The statement is shown first: whoever signs reads it.
func (c *keySign) Run(a *app) error {
	if a.flags.Key == "" {
		return usage(a.words, "没有说明用哪个密钥：加 --key FILE", "no key is named: give --key FILE")
	}
	text, err := a.content(c.File, maxStatement)
	if err != nil {
		return fmt.Errorf("statement: %w", err)
	}
	key, err := keyOfStatement(string(text))
	if err != nil {
		return err
	}
	fmt.Fprint(a.err, string(text))
	signer, err := a.unlock(a.flags.Key, a.flags.Key)
	if err != nil {
		return err
	}
	if signer.KeyID() != key {
		return domain.Refuse(domain.Invalid, "sign-off.other-key", "the statement is for the key %s, this is %s", key, signer.KeyID()).
			WithNext("sign with that key, or ask for a statement for this one")
	}
	sig, err := signer.Sign(text)
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	out := map[string]string{"key": key, "signature": base64.StdEncoding.EncodeToString(sig)}
	return a.print(out, func(w io.Writer) { fmt.Fprintln(w, out["signature"]) })
}

// did shows what a granted command did.
func (a *app) did(s *session, kind, id string, out ledger.Outcome, err error) error {
	if err != nil {
		return fmt.Errorf("%s %s: %w", kind, id, err)
	}
	if err := s.synced(a.ctx); err != nil {
		return err
	}
	r := actedOn(kind, id, out)
	return a.print(r, func(w io.Writer) { r.write(w, a.words) })
}
