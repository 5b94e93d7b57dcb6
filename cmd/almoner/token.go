package main

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"almoner/api"
	"almoner/domain"
)

// tokenCmd makes the tokens with which other systems of the office call the API for an officer. A token lets its holder read
// lists and open things in that officer's name; it signs nothing, for signatures are made with keys.
type tokenCmd struct {
	Create tokenCreate `cmd:"" help:"发给接口使用的令牌，只显示一次|make a token for the API; it is shown once"`
	List   tokenList   `cmd:"" help:"列出令牌|list the tokens"`
	Revoke tokenRevoke `cmd:"" help:"作废令牌|end a token"`
}

func (f folder) tokens() string { return filepath.Join(f.keys(), "tokens.json") }

type tokenCreate struct {
	Officer string `arg:"" help:"人员编号|officer id"`
	Label   string `help:"用途|what it is for"`
	Days    int    `help:"有效天数，0 为直到作废|days until it ends; 0: until it is revoked" default:"90"`
}

// tokenJSON is what is known of a token; Token itself only when it was just made.
type tokenJSON struct {
	Token   string `json:"token,omitempty"`
	ID      string `json:"id"`
	Officer string `json:"officer"`
	Label   string `json:"label,omitempty"`
	MadeAt  string `json:"madeAt"`
	Expires string `json:"expires,omitempty"`
	Revoked bool   `json:"revoked,omitempty"`
}

func shownToken(t api.Token) tokenJSON {
	return tokenJSON{ID: t.ID, Officer: t.Officer, Label: t.Label, MadeAt: instant(t.MadeAt), Expires: instant(t.Expires), Revoked: t.Revoked}
}

// Run makes a token for an officer of the ledger.
func (c *tokenCreate) Run(a *app) error {
	if c.Days < 0 {
		return usage(a.words, "--days 不能是负数", "--days cannot be negative")
	}
	return a.with(func(s *session) error {
		who, err := s.ledger.Officer(a.ctx, c.Officer)
		if err != nil {
			return err
		}
		if who.Left {
			return domain.Refuse(domain.Conflict, "officer.left", "%s has left office", c.Officer).WithNext("make a token for an officer who serves")
		}
		file, err := api.OpenTokenFile(s.folder.tokens())
		if err != nil {
			return err
		}
		var expires time.Time
		if c.Days > 0 {
			expires = time.Now().AddDate(0, 0, c.Days)
		}
		token, kept, err := file.NewToken(c.Officer, c.Label, expires)
		if err != nil {
			return err
		}
		out := shownToken(kept)
		out.Token = token
		return a.print(out, func(w io.Writer) {
			fields(w, a.words, "令牌（只显示这一次）|token (shown this once)", out.Token, "编号|id", out.ID, "人员|officer", out.Officer, "用途|label", out.Label, "到期|expires", out.Expires)
		})
	})
}

// tokenFile opens the token file of the command line's ledger.
func (a *app) tokenFile() (*api.TokenFile, error) {
	f, err := a.folder()
	if err != nil {
		return nil, err
	}
	if err := f.exists(); err != nil {
		return nil, err
	}
	return api.OpenTokenFile(f.tokens())
}

type tokenList struct{}

// Run lists the tokens; the tokens themselves are kept nowhere.
func (c *tokenList) Run(a *app) error {
	file, err := a.tokenFile()
	if err != nil {
		return err
	}
	list, err := file.List()
	if err != nil {
		return err
	}
	out := []tokenJSON{}
	t := table{heading: a.header("编号|id", "人员|officer", "用途|label", "发出|made", "到期|expires", "已作废|revoked")}
	for _, x := range list {
		shown := shownToken(x)
		out = append(out, shown)
		t.add(shown.ID, shown.Officer, shown.Label, shown.MadeAt, shown.Expires, yes(shown.Revoked, a.words))
	}
	return a.print(out, t.write)
}

type tokenRevoke struct {
	ID string `arg:"" help:"令牌编号|id of the token"`
	commitFlag
}

// Run ends a token, at once in every process.
func (c *tokenRevoke) Run(a *app) error {
	file, err := a.tokenFile()
	if err != nil {
		return err
	}
	if !c.Commit {
		return a.dryRun("作废令牌 %s", "would revoke the token %s", c.ID)
	}
	if err := file.Revoke(c.ID); err != nil {
		return err
	}
	return a.print(map[string]string{"revoked": c.ID}, func(w io.Writer) { fmt.Fprintf(w, a.words.pick("已作废 %s\n", "revoked %s\n"), c.ID) })
}
