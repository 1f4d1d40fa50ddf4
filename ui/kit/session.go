package kit

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"reflect"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/kiosk/phrases"
)

// Role is who sits in front of the screen.
type Role string

// The roles. A session nobody has begun yet has none.
const (
	Nobody     Role = ""
	Resident   Role = "resident"
	Clerk      Role = kiosk.RoleClerk
	Technician Role = kiosk.RoleTechnician
)

// Settings is how the screen is shown. They last as long as the session.
type Settings struct {
	Lang phrases.Lang
	Size int  // step of text size, 1 to 4; 2 is the usual one
	Dark bool // light text on a dark ground
}

// UsualSettings is what every visit begins with.
func UsualSettings() Settings { return Settings{Lang: phrases.VI, Size: 2} }

// Session is what the server knows of the person in front of the screen. It
// lives in memory only and is gone when the person is.
type Session struct {
	Role     Role
	Staff    kiosk.StaffID // signed-in staff, empty for residents
	Name     string        // the staff member's name as shown on the screen
	Settings Settings
	Started  time.Time // when the resident began or staff signed in; zero before

	id   string // the cookie
	csrf string
	seen time.Time // the last thing the person did
	last string    // the page they were shown last
	kept map[reflect.Type]any
}

// CSRF is the token every form must carry, as field _csrf or header
// X-CSRF-Token.
func (s Session) CSRF() string { return s.csrf }

// sessionCap bounds the sessions in memory; the one unused for longest goes.
const sessionCap = 256

// Sessions keeps the sessions of one seat, in memory only. Its clock alone
// decides when one is over.
type Sessions struct {
	Now          func() time.Time
	ResidentIdle time.Duration // quiet time before a resident is asked
	StaffIdle    time.Duration // quiet time before staff are asked
	Warning      time.Duration // how long the question stands before the session ends
	Lifetime     time.Duration // the longest a session may last at all

	mu  sync.Mutex
	all map[string]*Session
}

// Find gives the session of a cookie if it is not over. active says that the
// person did something, which puts off the end.
func (s *Sessions) Find(id string, active bool) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.all[id]
	if p == nil {
		return Session{}, false
	}
	if s.left(p) <= 0 {
		delete(s.all, id)
		return Session{}, false
	}
	if active {
		p.seen = s.Now()
	}
	return *p, true
}

// Fresh makes a session that nobody has begun.
func (s *Sessions) Fresh() Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.add(Session{Settings: UsualSettings()})
}

// Replace ends the session and makes a new one with a new id and token for the
// same screen settings and for the role given; what the old one kept is gone.
func (s *Sessions) Replace(id string, role Role, staff kiosk.Staff) Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	settings := UsualSettings()
	if old := s.all[id]; old != nil {
		settings = old.Settings
		delete(s.all, id)
	}
	return *s.add(Session{Role: role, Staff: staff.ID, Name: staff.Name, Settings: settings, Started: s.Now()})
}

// End forgets the session and all it kept.
func (s *Sessions) End(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, id)
}

// Set changes how the screen is shown.
func (s *Sessions) Set(id string, to Settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.all[id]; p != nil {
		p.Settings = to
	}
}

// Saw remembers the page a person was shown, and Last gives it back.
func (s *Sessions) Saw(id, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.all[id]; p != nil {
		p.last = path
	}
}

// Last gives the page shown last, empty before the first.
func (s *Sessions) Last(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.all[id]; p != nil {
		return p.last
	}
	return ""
}

// Left is how long the session lasts if nothing happens, 0 once it is over.
// A session nobody has begun lasts for ever: ok is false.
func (s *Sessions) Left(id string) (left time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.all[id]
	if p == nil {
		return 0, true
	}
	if p.Started.IsZero() {
		return 0, false
	}
	return max(0, s.left(p)), true
}

// Count is how many sessions are in memory.
func (s *Sessions) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

// Sweep forgets the sessions that are over.
func (s *Sessions) Sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, p := range s.all {
		if s.left(p) <= 0 {
			delete(s.all, id)
		}
	}
}

func (s *Sessions) left(p *Session) time.Duration {
	if p.Started.IsZero() {
		return s.Lifetime
	}
	idle := s.ResidentIdle
	if p.Role != Resident {
		idle = s.StaffIdle
	}
	now := s.Now()
	return min(p.seen.Add(idle+s.Warning).Sub(now), p.Started.Add(s.Lifetime).Sub(now))
}

func (s *Sessions) add(n Session) *Session {
	if s.all == nil {
		s.all = make(map[string]*Session)
	}
	for len(s.all) >= sessionCap {
		oldest := ""
		for id, p := range s.all {
			if oldest == "" || p.seen.Before(s.all[oldest].seen) {
				oldest = id
			}
		}
		delete(s.all, oldest)
	}
	n.id, n.csrf, n.seen = random(), random(), s.Now()
	n.kept = make(map[reflect.Type]any)
	s.all[n.id] = &n
	return &n
}

// random gives 256 bits as text that a cookie and a form can carry.
func random() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails: the program ends instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// Equal compares secrets without telling how far they agree.
func Equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// Session gives the session of a request. It is a copy: the methods of Kit
// change the real one.
func (k *Kit) Session(c *fiber.Ctx) Session {
	s, _ := c.Locals(sessionLocal).(Session)
	return s
}

// Adopt makes s the session of the request and of the browser. The server's
// guard calls it; screens use Begin, SignIn and End.
func (k *Kit) Adopt(c *fiber.Ctx, s Session) {
	c.Locals(sessionLocal, s)
	if c.Cookies(k.sessionCookie) != s.id {
		k.cookie(c, k.sessionCookie, s.id)
	}
}

// Begin starts a resident's visit: a new session with nothing kept from before.
func (k *Kit) Begin(c *fiber.Ctx) {
	k.Adopt(c, k.Sessions.Replace(k.Session(c).id, Resident, kiosk.Staff{}))
}

// SignIn makes the session the staff member's, with a new id and token.
func (k *Kit) SignIn(c *fiber.Ctx, staff kiosk.Staff) {
	k.Adopt(c, k.Sessions.Replace(k.Session(c).id, Role(staff.Role), staff))
}

// End forgets the person: the session and everything it kept. The browser gets
// a fresh session that nobody has begun.
func (k *Kit) End(c *fiber.Ctx) {
	k.Sessions.End(k.Session(c).id)
	k.Adopt(c, k.Sessions.Fresh())
}

// Set changes language, text size and contrast for the rest of the session.
func (k *Kit) Set(c *fiber.Ctx, to Settings) {
	s := k.Session(c)
	k.Sessions.Set(s.id, to)
	s.Settings = to
	c.Locals(sessionLocal, s)
}

// Keep remembers one value of type T until the session ends, in place of the
// value of that type kept before.
func Keep[T any](k *Kit, c *fiber.Ctx, value T) {
	k.Sessions.mu.Lock()
	defer k.Sessions.mu.Unlock()
	if p := k.Sessions.all[k.Session(c).id]; p != nil {
		p.kept[reflect.TypeFor[T]()] = value
	}
}

// Kept gives the value of type T that the session keeps.
func Kept[T any](k *Kit, c *fiber.Ctx) (T, bool) {
	k.Sessions.mu.Lock()
	defer k.Sessions.mu.Unlock()
	var value T
	ok := false
	if p := k.Sessions.all[k.Session(c).id]; p != nil {
		value, ok = p.kept[reflect.TypeFor[T]()].(T)
	}
	return value, ok
}

// Only lets the roles given pass. Nobody in particular is shown the first page
// of the seat, since a visit that ended is no offence; somebody else is told
// that this is not theirs.
func (k *Kit) Only(roles ...Role) fiber.Handler {
	return func(c *fiber.Ctx) error {
		role := k.Session(c).Role
		for _, r := range roles {
			if r == role {
				return c.Next()
			}
		}
		if role != Nobody {
			return kiosk.Fail(kiosk.Forbidden, "ui.role", nil)
		}
		return k.GoHome(c)
	}
}

// GoHome sends the browser to the first page of the seat.
func (k *Kit) GoHome(c *fiber.Ctx) error { return k.Leave(c, k.Home) }

// Leave sends the browser away from a page that is not for it now. Requests
// made by scripts get 403 and, for htmx, the address to load.
func (k *Kit) Leave(c *fiber.Ctx, path string) error {
	if dest := c.Get("Sec-Fetch-Dest"); dest == "" || dest == "document" {
		return k.See(c, path)
	}
	c.Set("HX-Redirect", path)
	return kiosk.Fail(kiosk.Forbidden, "ui.session_over", nil)
}
