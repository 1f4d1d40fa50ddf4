package outbox

import (
	"math/rand/v2"
	"time"
)

const (
	backoffBase = 2 * time.Second
	backoffCap  = 15 * time.Minute
	linkCap     = time.Minute // a probe is cheap and the queue waits for it
	wishCap     = time.Hour   // the longest wish of the centre that is honoured
	alarmWait   = time.Hour   // between tries of a parcel only a person can free
)

// backoff gives full jitter: anywhere between nothing and base·2ⁿ, at most
// limit. n is the number of failures before this one.
func backoff(n int, limit time.Duration) time.Duration {
	top := limit
	if n < 20 {
		top = min(limit, backoffBase<<n)
	}
	return rand.N(top) + 1
}

// after is the back-off, or the centre's wish if that is longer.
func after(n int, limit, wish time.Duration) time.Duration {
	return max(backoff(n, limit), min(wish, wishCap))
}

// spread gives a moment within d.
func spread(d time.Duration) time.Duration { return rand.N(d) }
