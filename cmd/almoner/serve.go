package main

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"golang.org/x/sync/errgroup"

	"almoner/api"
	"almoner/domain"
)

type serveCmd struct {
	Addr string `help:"监听地址，只能是本机|address to listen on, of this machine only" default:"127.0.0.1:8080" env:"ALMONER_ADDR"`
}

// Run serves until it is interrupted.
func (c *serveCmd) Run(a *app) error {
	if err := loopback(c.Addr); err != nil { // before a ledger is opened for nothing
		return err
	}
	return a.with(func(s *session) error { return serveSession(a, s, c.Addr) })
}

// serveSession serves an open ledger until it is interrupted. While it runs it keeps the read models at the head.
func serveSession(a *app, s *session, addr string) error {
	if err := loopback(addr); err != nil {
		return err
	}
	handler, err := newHandler(a, s)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(a.ctx)
	group.Go(func() error { return unlessEnded(ctx, s.views.Follow(ctx)) })
	group.Go(func() error { return api.Serve(ctx, addr, handler) })
	a.say("在 http://%s 提供服务，Ctrl-C 结束", "serving on http://%s; Ctrl-C ends it", addr)
	return errors.Join(group.Wait(), handler.Close()) // jobs under way end before the ledger is closed
}

// unlessEnded is err, but nil when it only says that the context ended.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// loopback refuses to listen where others could connect, as long as there are no logins.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return domain.Refuse(domain.Invalid, "serve.address", "%q is not an address to listen on: %v", addr, err).WithNext("write host and port, such as 127.0.0.1:8080")
	}
	ip, err := netip.ParseAddr(host)
	if host == "localhost" || err == nil && ip.IsLoopback() {
		return nil
	}
	return domain.Refuse(domain.Refused, "serve.loopback", "%q can be reached by others, and this version has no logins", addr).
		WithNext("listen on 127.0.0.1 or ::1 only")
}
