package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ended follows a job to its end through its events.
func (c *client) ended(as string, started answer) map[string]any {
	c.t.Helper()
	require.Equal(c.t, http.StatusAccepted, started.Code, "%s", started.Body)
	where := started.Header().Get("Location")
	stream := c.get(as, where+"/events").Body.String()
	require.Contains(c.t, stream, "event: done", "%s", c.log)
	return c.get(as, where).decoded()
}

// TestRebuild: the read models are built anew while the server serves, and come to the same.
func TestRebuild(t *testing.T) {
	w := newTown(t).withGranters().withRoll()
	ctx, stop := context.WithCancel(t.Context())
	followed := make(chan error, 1)
	go func() { followed <- w.views.Follow(ctx) }()
	defer func() { stop(); require.ErrorIs(t, <-followed, context.Canceled) }()
	c := newClient(w)
	before := c.get("handler", "/v1/roll").Body.String()
	hash := c.do(call{path: "/v1/about"}).decoded()["views"].(map[string]any)["hash"]
	rebuild := func(as, key string) answer {
		return c.do(call{as: as, method: http.MethodPost, path: "/v1/views/rebuilds", key: key})
	}
	rebuild("handler", "").refused(http.StatusForbidden, "officer.capacity-needed")
	for _, as := range []string{"personnel", "root-1"} {
		done := c.ended(as, rebuild(as, "rebuild-1"))
		require.Equal(t, "rebuild", done["kind"])
		require.Equal(t, hash, done["result"].(map[string]any)["hash"])
		require.Equal(t, done["id"], rebuild(as, "rebuild-1").decoded()["id"], "a repetition finds its job")
	}
	require.Equal(t, before, c.get("handler", "/v1/roll").Body.String())
	c.do(call{as: "personnel", method: http.MethodPost, path: "/v1/store/checks", key: "rebuild-1"}).refused(http.StatusConflict, "command.other-content")
}

// TestStoreCheck: whoever answers for the whole ledger may have all of it read.
func TestStoreCheck(t *testing.T) {
	w := newTown(t).withGranters().withRoll()
	w.appoint("auditor", "county.auditor", countyOffice, countyArea)
	c := newClient(w)
	check := func(as string) answer {
		return c.do(call{as: as, method: http.MethodPost, path: "/v1/store/checks"})
	}
	check("finance-head").refused(http.StatusForbidden, "officer.capacity-needed")
	require.NoError(t, c.views.WaitPosition(c.ctx, c.Last()))
	at, err := c.views.Status(c.ctx)
	require.NoError(t, err)
	for _, as := range []string{"auditor", "personnel", "root-1"} {
		found := c.ended(as, check(as))["result"].(map[string]any)
		require.Equal(t, true, found["sound"])
		require.InDelta(t, at.LogIndex, found["events"], 0)
		require.Positive(t, found["keys"])
	}

	// A key that is gone, and not by an erasure, is damage.
	id := c.person(eastVillage).Person
	require.NoError(t, c.vault.Destroy(c.ctx, id))
	found := c.ended("auditor", check("auditor"))["result"].(map[string]any)
	require.Equal(t, true, found["sound"], "an erased person is no damage")
	require.InDelta(t, 1, found["erased"], 0)
	require.False(t, strings.Contains(c.log.String(), "damaged"))
}
