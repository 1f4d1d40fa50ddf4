package centre

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/tus/tusd/v2/pkg/filestore"
	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"

	"servicepoint/kiosk"
	"servicepoint/kiosk/seal"
)

const (
	maxOpenUploads = 8   // unfinished uploads of one parcel; more means answers that got lost
	statusSpoilt   = 460 // the upload has another sum than was announced
)

// newUploads puts tusd's handler together: core, creation and termination over
// plain files. Concatenation and deferred lengths are not registered, downloads
// are off.
func (c *Centre) newUploads() (http.Handler, error) {
	store := filestore.New(c.path(folderUploads, ""))
	composer := handler.NewStoreComposer()
	composer.UseCore(store)
	composer.UseTerminater(store)
	memorylocker.New().UseIn(composer)
	h, err := handler.NewHandler(handler.Config{
		StoreComposer:             composer,
		MaxSize:                   seal.MaxSealed,
		BasePath:                  strings.TrimSuffix(c.cfg.PublicURL, "/") + "/files/",
		DisableDownload:           true,
		Cors:                      &handler.CorsConfig{Disable: true},
		Logger:                    tusLogger(c.log()),
		PreUploadCreateCallback:   c.preCreate,
		PreFinishResponseCallback: c.preFinish,
	})
	if err != nil {
		return nil, fmt.Errorf("upload handler: %w", err)
	}
	return http.StripPrefix("/files/", h), nil
}

var uploadPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

// ownUploads lets a unit reach its own uploads only.
func (c *Centre) ownUploads(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("X-HTTP-Method-Override") // one method, the one that was checked
		id := strings.TrimPrefix(r.URL.Path, "/files/")
		if id == "" {
			next.ServeHTTP(w, r)
			return
		}
		var unit kiosk.UnitID
		err := sql.ErrNoRows
		if uploadPattern.MatchString(id) {
			err = c.db.R.QueryRowContext(r.Context(),
				`SELECT unit FROM uploads JOIN parcels ON seq = parcel WHERE id = ?`, id).Scan(&unit)
		}
		switch {
		case errors.Is(err, sql.ErrNoRows) || err == nil && unit != unitOf(r.Context()):
			answerCode(w, http.StatusNotFound, "no_upload")
		case err != nil:
			c.trouble(w, "upload", err)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// refuse is an answer tusd gives in our name.
func refuse(status int, code, why string) handler.Error { return handler.NewError(code, why, status) }

// preCreate lets an upload begin only for a parcel that this unit announced and
// that is not stored yet. The id is random: one made from the dossier would
// let a repeated request truncate what has arrived.
func (c *Centre) preCreate(hook handler.HookEvent) (handler.HTTPResponse, handler.FileInfoChanges, error) {
	var none handler.FileInfoChanges
	up := hook.Upload
	if up.IsPartial || up.IsFinal || up.SizeIsDeferred || hook.HTTPRequest.Header.Get("Upload-Concat") != "" {
		return handler.HTTPResponse{}, none, refuse(http.StatusUnprocessableEntity, "ERR_PARTS", "uploads in parts are not taken")
	}
	rev, err := strconv.Atoi(up.MetaData["rev"])
	sum, err2 := kiosk.ParseDigest(up.MetaData["sha256"])
	if err != nil || err2 != nil || len(up.MetaData) != 3 {
		return handler.HTTPResponse{}, none, refuse(http.StatusUnprocessableEntity, "ERR_METADATA", "want dossier, rev and sha256")
	}
	key := kiosk.ParcelKey{Dossier: kiosk.DossierID(up.MetaData["dossier"]), Revision: rev}
	p, err := find(hook.Context, c.db.R, key)
	switch {
	case errors.Is(err, sql.ErrNoRows) || err == nil && (p.unit != unitOf(hook.Context) || p.sum != sum):
		return handler.HTTPResponse{}, none, refuse(http.StatusConflict, "ERR_NOT_ANNOUNCED", "announce the parcel first")
	case err != nil:
		return handler.HTTPResponse{}, none, c.uploadTrouble("create", err)
	case p.state != stateAnnounced:
		return handler.HTTPResponse{}, none, refuse(http.StatusConflict, "ERR_STORED", "the parcel is stored")
	case up.Size != p.bytes:
		return handler.HTTPResponse{}, none, refuse(http.StatusUnprocessableEntity, "ERR_SIZE", "another size was announced")
	}
	id, err := c.newUpload(hook.Context, p)
	if err != nil {
		return handler.HTTPResponse{}, none, c.uploadTrouble("create", err)
	}
	return handler.HTTPResponse{}, handler.FileInfoChanges{ID: id}, nil
}

// newUpload records a fresh upload; of too many the oldest goes.
func (c *Centre) newUpload(ctx context.Context, p parcel) (string, error) {
	b := make([]byte, 16)
	rand.Read(b)
	id := hex.EncodeToString(b)
	var old []string
	err := c.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO uploads(id, parcel, created_at) VALUES(?, ?, ?)`, id, p.seq, millis(c.now())); err != nil {
			return err
		}
		var err error
		old, err = texts(tx.QueryContext(ctx, `
			DELETE FROM uploads WHERE parcel = ?1 AND rowid NOT IN
				(SELECT rowid FROM uploads WHERE parcel = ?1 ORDER BY rowid DESC LIMIT ?2) RETURNING id`, p.seq, maxOpenUploads))
		return err
	})
	if err != nil {
		return "", err
	}
	c.dropUploads(old)
	return id, nil
}

// preFinish makes a complete upload durable before tusd answers. The work is
// not undone when the unit has hung up meanwhile.
func (c *Centre) preFinish(hook handler.HookEvent) (handler.HTTPResponse, error) {
	err := c.finish(context.WithoutCancel(hook.Context), hook.Upload.ID)
	switch {
	case errors.Is(err, errSpoilt):
		return handler.HTTPResponse{}, refuse(statusSpoilt, "ERR_BAD_DIGEST", "another sum was announced")
	case errors.Is(err, sql.ErrNoRows):
		return handler.HTTPResponse{}, refuse(http.StatusNotFound, "ERR_UPLOAD_NOT_FOUND", "no such upload")
	case err != nil:
		return handler.HTTPResponse{}, c.uploadTrouble("finish", err)
	}
	return handler.HTTPResponse{}, nil
}

// uploadTrouble logs our own failure and keeps it out of the answer.
func (c *Centre) uploadTrouble(step string, err error) error {
	c.log().Error("centre: upload failed", "step", step, "err", err)
	return refuse(http.StatusInternalServerError, "ERR_INTERNAL", "internal")
}

// errSpoilt means that an upload is complete and not what was announced.
var errSpoilt = errors.New("the upload has another sum than was announced")

// finish stores a complete upload: sum, sync, move, sync, commit, sign. Every
// step may be repeated; heal does so for what a crash interrupted.
func (c *Centre) finish(ctx context.Context, id string) error {
	p, err := scanParcel(c.db.R.QueryRowContext(ctx,
		`SELECT `+parcelColumns+` FROM parcels WHERE seq = (SELECT parcel FROM uploads WHERE id = ?)`, id))
	if err != nil {
		return fmt.Errorf("find upload: %w", err)
	}
	lock := c.finishing(p.key)
	lock.Lock()
	defer lock.Unlock()
	path := c.path(folderUploads, id)
	sum, n, err := sumSynced(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c.commitKept(ctx, p) // another request was faster
	case err != nil:
		return fmt.Errorf("read upload: %w", err)
	case n != p.bytes:
		return fmt.Errorf("upload has %d of %d bytes", n, p.bytes)
	case sum != p.sum:
		return c.spoilt(ctx, p, id)
	}
	if err := moveSynced(path, c.parcelPath(p)); err != nil {
		return fmt.Errorf("keep parcel: %w", err)
	}
	return c.commit(ctx, p)
}

// commitKept is commit for a parcel whose file an earlier life has moved. A
// file that is not what was announced is dropped: it was never answered for,
// and the unit sends it again.
func (c *Centre) commitKept(ctx context.Context, p parcel) error {
	sum, n, err := sumSynced(c.parcelPath(p))
	if errors.Is(err, fs.ErrNotExist) {
		return sql.ErrNoRows
	}
	if err != nil {
		return fmt.Errorf("read kept parcel: %w", err)
	}
	if n == p.bytes && sum == p.sum {
		return c.commit(ctx, p)
	}
	if p.state != stateAnnounced {
		return errors.New("a stored parcel is damaged on the disk")
	}
	if err := os.Remove(c.parcelPath(p)); err != nil {
		return fmt.Errorf("drop damaged parcel: %w", err)
	}
	return errors.Join(c.noteAlone(ctx, entry{kind: "parcel.spoilt", actor: "centre", key: p.key}), sql.ErrNoRows)
}

// commit records that the parcel's file is there and synced, and signs the
// receipt.
func (c *Centre) commit(ctx context.Context, p parcel) error {
	old, err := texts(c.db.R.QueryContext(ctx, `SELECT id FROM uploads WHERE parcel = ?`, p.seq))
	if err != nil {
		return err
	}
	if err := c.store(ctx, p); err != nil {
		return fmt.Errorf("record parcel: %w", err)
	}
	c.dropUploads(old)
	c.nudge()
	_, err = c.receipt(ctx, p, kiosk.LevelStored)
	return err
}

// spoilt drops an upload that can never become the announced parcel.
func (c *Centre) spoilt(ctx context.Context, p parcel, id string) error {
	err := c.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM uploads WHERE id = ?`, id); err != nil {
			return err
		}
		return c.note(ctx, tx, entry{kind: "parcel.spoilt", actor: string(p.unit), key: p.key})
	})
	if err != nil {
		return err
	}
	c.dropUploads([]string{id})
	return errSpoilt
}

// heal finishes what a crash left between the last byte and the receipt.
func (c *Centre) heal(ctx context.Context, p parcel) error {
	if _, err := os.Stat(c.parcelPath(p)); err == nil {
		if err := c.healKept(ctx, p); !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	ids, err := texts(c.db.R.QueryContext(ctx, `SELECT id FROM uploads WHERE parcel = ?`, p.seq))
	if err != nil {
		return err
	}
	for _, id := range ids {
		info, err := os.Stat(c.path(folderUploads, id))
		if err != nil || info.Size() != p.bytes {
			continue
		}
		if err := c.finish(ctx, id); err != nil && !errors.Is(err, errSpoilt) && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	return nil
}

func (c *Centre) healKept(ctx context.Context, p parcel) error {
	lock := c.finishing(p.key)
	lock.Lock()
	defer lock.Unlock()
	return c.commitKept(ctx, p)
}

// finishing gives the lock under which a parcel becomes stored.
func (c *Centre) finishing(key kiosk.ParcelKey) *sync.Mutex {
	return &c.finishes[maphash.Comparable(c.seed, key)%uint64(len(c.finishes))]
}

// parcelPath is where a stored parcel lies.
func (c *Centre) parcelPath(p parcel) string { return c.path(folderParcels, p.sum.String()+".sealed") }

// dropUploads removes the files of uploads that have no row any more. What
// cannot be removed now is swept later.
func (c *Centre) dropUploads(ids []string) {
	for _, id := range ids {
		for _, name := range []string{id, id + ".info"} {
			if err := os.Remove(c.path(folderUploads, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				c.log().Warn("centre: upload file stays", "err", err)
			}
		}
	}
}

// texts collects a query's only column.
func texts(rows *sql.Rows, err error) ([]string, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}
