package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/google/uuid"

	"almoner/domain"
	"almoner/domain/officer"
	"almoner/internal/keyfile"
	"almoner/ledger"
	"almoner/projections"
)

// The actor of a root officer, who holds no capacity and acts for no office.
const (
	rootCapacity = "root"
	rootOffice   = "ledger"
)

// commandID is the id of this command: the caller's, or a random one.
func (a *app) commandID() string {
	if a.flags.CommandID == "" {
		a.flags.CommandID = uuid.NewString()
	}
	return a.flags.CommandID
}

// command is the command of an actor; the ledger fills in its content.
func (a *app) command(actor ledger.Actor) ledger.Command {
	return ledger.Command{Actor: actor, ID: a.commandID()}
}

// officerID is who acts.
func (a *app) officerID() (string, error) {
	if a.flags.As == "" {
		return "", usage(a.words, "没有说明由谁办理", "nobody is named who acts").(*usageError).with(
			a.words.pick("加 --as 人员编号，或设环境变量 ALMONER_AS", "give --as OFFICER, or set ALMONER_AS"))
	}
	return a.flags.As, nil
}

// actor finds who acts, in which capacity and for which office. Of what the officer holds today, what --capacity and
// --for-office leave and what is one of fits (any, when there are none) must be exactly one. Whether it suffices is the
// ledger's to say.
func (a *app) actor(s *session, fits ...string) (ledger.Actor, error) {
	id, err := a.officerID()
	if err != nil {
		return ledger.Actor{}, err
	}
	who, err := s.ledger.Officer(a.ctx, id)
	if err != nil {
		return ledger.Actor{}, err
	}
	held := a.held(who, s.ledger.Today())
	var fit []ledger.Actor
	for _, h := range held {
		if len(fits) == 0 || slices.Contains(fits, h.Capacity) {
			fit = append(fit, h)
		}
	}
	switch {
	case len(fit) == 1:
		return fit[0], nil
	case len(fit) > 1:
		return ledger.Actor{}, usage(a.words, "%s 有 %d 个适用的职责：%s", "%s holds %d capacities that fit: %s", id, len(fit), names(fit)).(*usageError).with(
			a.words.pick("用 --capacity 和 --for-office 选定一个", "choose one with --capacity and --for-office"))
	case len(held) == 1: // the ledger refuses with its own rule, and records the attempt
		return held[0], nil
	}
	return ledger.Actor{}, domain.Refuse(domain.Forbidden, "officer.no-capacity", "%s holds no capacity for this today; held: %s", id, orNone(names(held))).
		WithNext("act as somebody who holds one of: %s", orNone(strings.Join(fits, ", ")))
}

// held lists what an officer holds on a day, as far as the flags leave it.
func (a *app) held(who officer.State, day domain.Date) []ledger.Actor {
	var held []ledger.Actor
	if who.Left {
		return nil
	}
	for _, h := range who.Capacities {
		actor := ledger.Actor{Officer: who.Officer, Office: h.Office, Capacity: h.Capacity}
		covers := !day.Before(h.From) && (h.Until.IsZero() || !day.After(h.Until))
		wanted := (a.flags.Capacity == "" || a.flags.Capacity == h.Capacity) && (a.flags.Office == "" || a.flags.Office == h.Office)
		if covers && wanted && !slices.Contains(held, actor) {
			held = append(held, actor)
		}
	}
	return held
}

// signer finds in which capacity and for which office the officer signs a subject: the first of those for which it, and the
// scope if one is named, stands on their work list. Where nothing waits for them the ledger says so, with its own rule.
func (a *app) signer(s *session, subject ledger.Subject, scope string) (ledger.Actor, error) {
	id, err := a.officerID()
	if err != nil {
		return ledger.Actor{}, err
	}
	who, err := s.ledger.Officer(a.ctx, id)
	if err != nil {
		return ledger.Actor{}, err
	}
	waiting, err := a.waiting(s, who)
	if err != nil {
		return ledger.Actor{}, err
	}
	for _, item := range waiting.Items {
		same := string(item.Kind) == string(subject.Kind) && item.ID == subject.ID
		if same && (scope == "" || slices.Contains(item.Scopes, scope)) {
			return ledger.Actor{Officer: id, Office: item.Capacity.Office, Capacity: item.Capacity.Capacity}, nil
		}
	}
	if held := a.held(who, s.ledger.Today()); len(held) > 0 {
		return held[0], nil
	}
	return a.actor(s)
}

// waiting is the work list of what the officer holds today.
func (a *app) waiting(s *session, who officer.State) (projections.WorkList, error) {
	if err := s.synced(a.ctx); err != nil {
		return projections.WorkList{}, err
	}
	held := a.held(who, s.ledger.Today())
	var capacities []projections.Capacity
	for _, h := range who.Capacities {
		if slices.Contains(held, ledger.Actor{Officer: who.Officer, Office: h.Office, Capacity: h.Capacity}) {
			capacities = append(capacities, projections.Capacity{Capacity: h.Capacity, Office: h.Office, Area: h.Area})
		}
	}
	return s.views.WorkList(a.ctx, slices.Compact(capacities))
}

func names(actors []ledger.Actor) string {
	var all []string
	for _, x := range actors {
		all = append(all, x.Capacity+"@"+x.Office)
	}
	return strings.Join(all, ", ")
}

func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// granting is who grants something, with the pen that signs it: a root officer, or one with the capacity of personnel.
func (a *app) granting(s *session, on domain.Date) (ledger.Granting, error) {
	id, err := a.officerID()
	if err != nil {
		return ledger.Granting{}, err
	}
	actor := ledger.Actor{Officer: id, Office: rootOffice, Capacity: rootCapacity}
	if !isRoot(s, id) {
		if actor, err = a.actor(s, officer.Personnel); err != nil {
			return ledger.Granting{}, err
		}
	}
	pen, err := a.pen(s, id)
	return ledger.Granting{Actor: actor, Pen: pen, On: on}, err
}

func isRoot(s *session, id string) bool {
	for _, r := range s.ledger.Created().Roots {
		if r.Officer == id {
			return true
		}
	}
	return false
}

// keyFile is where the key of an officer lies.
func (a *app) keyFile(f folder, officer string) string {
	if a.flags.Key != "" {
		return a.flags.Key
	}
	return f.keyOf(officer)
}

// pen unlocks the officer's key.
func (a *app) pen(s *session, officer string) (ledger.Pen, error) {
	signer, err := a.unlock(a.keyFile(s.folder, officer), officer)
	if err != nil {
		return nil, err
	}
	return s.ledger.WithKey(signer), nil
}

// unlock opens a key file with its passphrase.
func (a *app) unlock(path, whose string) (keyfile.Signer, error) {
	if _, err := keyfile.PublicOf(path); err != nil { // before a person is asked to type
		if errors.Is(err, fs.ErrNotExist) {
			return nil, domain.Refuse(domain.NotFound, "key.no-file", "there is no key file %s", path).
				WithNext("name the key file with --key, or make a key: almoner key create --out FILE")
		}
		return nil, fmt.Errorf("key of %s: %w", whose, err)
	}
	secret, err := a.passphrase(whose)
	if err != nil {
		return nil, err
	}
	key, err := keyfile.Load(path, secret)
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", whose, err)
	}
	return keyfile.NewSigner(key)
}
