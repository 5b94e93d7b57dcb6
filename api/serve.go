package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"almoner/domain"
)

// The patience of the server.
const (
	headerWithin = 10 * time.Second
	readWithin   = 5 * time.Minute // 20 MB over a slow line
	idleWithin   = 2 * time.Minute
	stopWithin   = 15 * time.Second // for answers under way
)

// Serve answers on addr, "127.0.0.1:8080", until ctx ends; then it takes no new connections, lets answers under way end, and
// returns nil. It refuses an address that is reached from other machines: tokens and statements travel in clear, so TLS
// must stand in front.
func Serve(ctx context.Context, addr string, h http.Handler) error {
	l, err := listen(ctx, addr)
	if err != nil {
		return err
	}
	return serveOn(ctx, l, h)
}

// listen opens a listener on a loopback address.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, domain.Refuse(domain.Invalid, "api.address", "%q is no address to listen on", addr).WithNext("write host and port, such as 127.0.0.1:8080")
	}
	ips, err := addressesOf(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	for _, ip := range ips {
		if !ip.IsLoopback() {
			return nil, domain.Refuse(domain.Refused, "api.loopback", "%s can be reached from other machines", addr).
				WithNext("listen on 127.0.0.1 or [::1], and put a proxy with TLS in front")
		}
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", net.JoinHostPort(ips[0].String(), port))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return l, nil
}

// addressesOf finds what a host means; the empty host means every address there is.
func addressesOf(ctx context.Context, host string) ([]net.IP, error) {
	if host == "" {
		return []net.IP{net.IPv4zero}, nil
	}
	if ip := net.ParseIP(host); ip != nil {
		return []net.IP{ip}, nil
	}
	found, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if err != nil {
		return nil, err
	}
	ips := make([]net.IP, len(found))
	for i, a := range found {
		ips[i] = a.IP
	}
	if len(ips) == 0 {
		return nil, errors.New("the name has no address")
	}
	return ips, nil
}

// serveOn serves until ctx ends.
func serveOn(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: headerWithin, ReadTimeout: readWithin, IdleTimeout: idleWithin}
	if s, ok := h.(interface{ Stop() }); ok {
		server.RegisterOnShutdown(s.Stop)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		err := server.Shutdown(within)
		if errors.Is(err, context.DeadlineExceeded) { // what still answers is cut off; the ledger is whole at any moment
			err = server.Close()
		}
		stopped <- err
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("stop serving on %s: %w", l.Addr(), err)
	}
	return nil
}
