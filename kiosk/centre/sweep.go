package centre

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"slices"
	"strings"
	"time"
)

const uploadAge = 30 * 24 * time.Hour // unfinished uploads older than this are dropped

// sweep finishes or clears what an earlier life left: half-opened parcels,
// complete uploads without a receipt, uploads given up long ago.
func (c *Centre) sweep(ctx context.Context) {
	err := errors.Join(c.sweepOpening(), c.sweepUploads(ctx), c.sweepAnnounced(ctx))
	if err != nil && ctx.Err() == nil {
		c.log().Error("centre: sweep", "err", err)
	}
}

func (c *Centre) sweepOpening() error {
	old, err := os.ReadDir(c.path(folderOpening, ""))
	for _, e := range old {
		err = errors.Join(err, os.RemoveAll(c.path(folderOpening, e.Name())))
	}
	return err
}

func (c *Centre) sweepUploads(ctx context.Context) error {
	var old []string
	err := c.db.Write(ctx, func(tx *sql.Tx) (err error) {
		old, err = texts(tx.QueryContext(ctx, `DELETE FROM uploads WHERE created_at < ? RETURNING id`, millis(c.now().Add(-uploadAge))))
		return err
	})
	c.dropUploads(old)
	return errors.Join(err, c.sweepOrphans(ctx))
}

// sweepOrphans removes upload files without a row, left where a crash came
// between the row's end and the file's. A file is younger than its row.
func (c *Centre) sweepOrphans(ctx context.Context) error {
	files, err := os.ReadDir(c.path(folderUploads, ""))
	if err != nil {
		return err
	}
	ids, err := texts(c.db.R.QueryContext(ctx, `SELECT id FROM uploads`))
	if err != nil {
		return err
	}
	var orphans []string
	for _, f := range files {
		id := strings.TrimSuffix(f.Name(), ".info")
		if uploadPattern.MatchString(id) && !slices.Contains(ids, id) {
			orphans = append(orphans, id)
		}
	}
	c.dropUploads(orphans)
	return nil
}

func (c *Centre) sweepAnnounced(ctx context.Context) error {
	waiting, err := parcels(c.db.R.QueryContext(ctx, `SELECT `+parcelColumns+` FROM parcels WHERE state = 'announced'`))
	for _, p := range waiting {
		if ctx.Err() != nil {
			return nil
		}
		err = errors.Join(err, c.heal(ctx, p))
	}
	return err
}
