package centre

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
	"servicepoint/kiosk/sqlitedb"
)

// Config says where a centre lives and with which keys.
type Config struct {
	Dir        string      // its folder, made if need be; one process at a time
	Receipt    seal.Signer // signs receipts; units pin its public half
	Identities []string    // age identities parcels are opened with, retired ones included
	AutoAccept bool        // accept by itself whatever was opened and verified

	// PublicURL is where units reach the centre ("https://host"), if a proxy
	// stands between; empty takes it from the request.
	PublicURL string

	Now func() time.Time // nil means time.Now
	Log *slog.Logger     // nil logs nothing
}

// Centre is one receiving centre. Open gives it, Close ends it; Handler may be
// served before Run is called, but only Run opens parcels.
type Centre struct {
	cfg      Config
	db       *sqlitedb.DB
	vault    *seal.Vault
	uploads  http.Handler
	wake     chan struct{} // something to open, capacity 1
	finishes [32]sync.Mutex
	seed     maphash.Seed    // picks one of finishes
	signIns  chan struct{}   // one token for each password that may be checked at a time
	stuck    map[int64]delay // parcels that could not be opened; Run's alone
}

//go:embed migrations/*.sql
var migrationFiles embed.FS

const (
	folderUploads = "uploads"
	folderParcels = "parcels"
	folderOpening = "opening"
	folderKept    = "kept"
)

// Open opens the centre in cfg.Dir. It starts nothing.
func Open(ctx context.Context, cfg Config) (*Centre, error) {
	for _, name := range []string{"", folderUploads, folderParcels, folderOpening, folderKept} {
		if err := os.MkdirAll(filepath.Join(cfg.Dir, name), 0o700); err != nil {
			return nil, fmt.Errorf("open centre: %w", err)
		}
	}
	c := &Centre{
		cfg: cfg, wake: make(chan struct{}, 1), seed: maphash.MakeSeed(),
		signIns: make(chan struct{}, 2), stuck: map[int64]delay{},
	}
	credential, err := loadCredential(filepath.Join(cfg.Dir, "credential"))
	if err != nil {
		return nil, fmt.Errorf("open centre: %w", err)
	}
	if c.vault, err = seal.NewVault(credential); err != nil {
		return nil, fmt.Errorf("open centre: %w", err)
	}
	migrations, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, fmt.Errorf("open centre: %w", err)
	}
	if c.db, err = sqlitedb.Open(ctx, filepath.Join(cfg.Dir, "centre.db"), migrations); err != nil {
		return nil, fmt.Errorf("open centre: %w", err)
	}
	if c.uploads, err = c.newUploads(); err != nil {
		return nil, errors.Join(fmt.Errorf("open centre: %w", err), c.db.Close())
	}
	return c, nil
}

// Close closes the database. Run and the server must have ended.
func (c *Centre) Close() error { return c.db.Close() }

// Run opens and verifies what was stored, first what an earlier life left
// half-done, until ctx ends; it returns nil then.
func (c *Centre) Run(ctx context.Context) error {
	c.sweep(ctx)
	again := time.NewTicker(time.Minute)
	defer again.Stop()
	tidy := time.NewTicker(time.Hour)
	defer tidy.Stop()
	for ctx.Err() == nil {
		c.openStored(ctx)
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-again.C:
		case <-tidy.C:
			if err := c.sweepUploads(ctx); err != nil && ctx.Err() == nil {
				c.log().Error("centre: sweep", "err", err)
			}
		}
	}
	return nil
}

// KeptDir is the folder of an opened dossier: manifest.json, manifest.dsse,
// pages/ and documents/, as the unit sealed them.
func (c *Centre) KeptDir(id kiosk.DossierID, revision int) string {
	return filepath.Join(c.cfg.Dir, folderKept, string(id), strconv.Itoa(revision))
}

func (c *Centre) path(folder, name string) string { return filepath.Join(c.cfg.Dir, folder, name) }

func (c *Centre) now() time.Time {
	if c.cfg.Now != nil {
		return c.cfg.Now().UTC()
	}
	return time.Now().UTC()
}

func (c *Centre) log() *slog.Logger {
	if c.cfg.Log != nil {
		return c.cfg.Log
	}
	return slog.New(slog.DiscardHandler)
}

// nudge tells Run that there is something to open.
func (c *Centre) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// loadCredential reads the 32 bytes the passwords are keyed with and makes
// them on the first start.
func loadCredential(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		b = make([]byte, 32)
		rand.Read(b)
		err = writeSynced(path, b)
	}
	if err != nil {
		return nil, fmt.Errorf("credential: %w", err)
	}
	if len(b) != 32 {
		return nil, kiosk.Fail(kiosk.Corrupt, CodeBadCredential, nil)
	}
	return b, nil
}
