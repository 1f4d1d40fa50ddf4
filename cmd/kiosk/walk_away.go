package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"servicepoint/kiosk"
	"servicepoint/kiosk/imaging"
	"servicepoint/kiosk/intake"
	"servicepoint/kiosk/qr"
	"servicepoint/kiosk/seal"
)

func (w *walk) seal(ctx context.Context) (string, error) {
	parcel, err := w.unit.desk.HandOver(ctx, w.dossier.ID, w.staff)
	if err != nil {
		return "", err
	}
	w.did.Parcel = &walkedFile{SHA256: parcel.SHA256, Bytes: parcel.Bytes}
	return parcel.SHA256.String()[:12], nil
}

// carry waits for the outbox to bring the parcel home.
func (w *walk) carry(ctx context.Context) (string, error) {
	d, err := w.await(ctx, kiosk.Accepted, kiosk.Wiped, kiosk.Returned, kiosk.Rejected, kiosk.Damaged)
	if err != nil {
		return "", err
	}
	if d.State != kiosk.Accepted && d.State != kiosk.Wiped {
		return "", fmt.Errorf("the dossier is %s", d.State)
	}
	receipts, err := w.unit.store.Receipts(ctx, d.ID)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(receipts, func(r kiosk.Receipt) bool {
		return r.Level == kiosk.LevelAccepted && r.SHA256 == w.did.Parcel.SHA256
	})
	if i < 0 {
		return "", errors.New("no receipt says that this parcel was accepted")
	}
	receipt := receipts[i]
	w.did.Receipt = walkedReceipt{Level: receipt.Level, No: receipt.No}
	w.did.Official = receipt.Official
	return receipt.No, nil
}

// await waits until the dossier stands in one of the states.
func (w *walk) await(ctx context.Context, states ...kiosk.State) (kiosk.Dossier, error) {
	for {
		changed := w.unit.changes.wait()
		d, err := w.unit.store.Dossier(ctx, w.dossier.ID)
		if err != nil || slices.Contains(states, d.State) {
			return d, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return d, fmt.Errorf("still %s: %w", d.State, ctx.Err())
		}
	}
}

// fetch copies what the centre keeps: what really arrived.
func (w *walk) fetch(context.Context) (string, error) {
	parcel := filepath.Join(w.dir, "centre", "parcels", w.did.Parcel.SHA256.String()+".sealed")
	w.did.Parcel.File = string(w.did.LocalCode) + ".sealed"
	if err := w.keep(w.did.Parcel, func(dst io.Writer) error { return copyFile(dst, parcel) }); err != nil {
		return "", err
	}
	dir := w.centre.KeptDir(w.dossier.ID, w.dossier.Revision)
	var manifest seal.Manifest
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		return "", fmt.Errorf("the manifest the centre keeps: %w", err)
	}
	for _, doc := range manifest.Documents {
		f := walkedFile{File: filepath.Join("documents", filepath.Base(doc.File)), SHA256: doc.SHA256, Bytes: doc.Bytes, Pages: len(doc.Pages)}
		if err := w.keep(&f, func(dst io.Writer) error { return copyFile(dst, filepath.Join(dir, doc.File)) }); err != nil {
			return "", err
		}
		w.did.Documents = append(w.did.Documents, f)
	}
	return fmt.Sprintf("%d", len(w.did.Documents)), nil
}

func (w *walk) prepare(ctx context.Context) (string, error) {
	out, err := w.unit.desk.Prepare(ctx, w.dossier.ID, w.staff)
	if err != nil {
		return "", err
	}
	for _, file := range out.Files {
		f := walkedFile{File: filepath.Join("documents", file.Name), SHA256: file.SHA256, Bytes: file.Bytes, Pages: file.Pages}
		if err := w.keep(&f, func(dst io.Writer) error { return w.unit.desk.WriteFile(ctx, w.dossier.ID, file.Name, dst) }); err != nil {
			return "", err
		}
		w.did.Documents = append(w.did.Documents, f)
	}
	return fmt.Sprintf("%d files, %d fields", len(out.Files), len(out.Fields)), nil
}

// file plays the portal's part: it gives a code of the usual shape, plainly
// not a real agency's.
func (w *walk) file(ctx context.Context) (string, error) {
	if err := w.unit.desk.BeginFiling(ctx, w.dossier.ID, w.staff); err != nil {
		return "", err
	}
	code := fmt.Sprintf("Z99.99-%s-%07d", time.Now().In(kiosk.Hanoi).Format("20060102"), w.did.Ticket)
	err := w.unit.desk.File(ctx, w.dossier.ID, w.staff, intake.OfficialEntry{Code: code, Again: code})
	w.did.Official = kiosk.OfficialCode(code)
	w.did.Receipt = walkedReceipt{Level: kiosk.LevelAccepted, No: code}
	return code, err
}

// slip prints the assist slip and reads its QR back from the paper.
func (w *walk) slip(ctx context.Context) (string, error) {
	job, err := w.unit.desk.PrintAssist(ctx, w.dossier.ID)
	if err != nil {
		return "", err
	}
	level, err := w.waitPrinted(ctx, job)
	if err != nil {
		return "", err
	}
	paper := w.printer.Last()
	if w.did.Slip.PNG, err = filepath.Rel(w.Out, paper); err != nil {
		return "", err
	}
	w.did.Slip.Level, w.did.Slip.Bytes = job.Result.Level, job.Result.Total
	return level, checkSlip(paper, qr.Text('D', string(w.did.LocalCode)))
}

func checkSlip(file, want string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return err
	}
	texts, err := imaging.ReadQR(img)
	if err != nil || !slices.Contains(texts, want) {
		return fmt.Errorf("the paper's QR does not read back as the local code: %w", err)
	}
	return nil
}

// wipe waits until nothing of the dossier is left but its ledger.
func (w *walk) wipe(ctx context.Context) (string, error) {
	if _, err := w.await(ctx, kiosk.Wiped); err != nil {
		return "", err
	}
	left, err := filesUnder(filepath.Join(w.unit.State, "spool"))
	if err != nil || left > 0 {
		return "", fmt.Errorf("%d files left in the spool: %w", left, err)
	}
	w.did.Wiped = true
	return "", nil
}

func filesUnder(dir string) (n int, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			n++
		}
		return err
	})
	return n, err
}

// keep writes one file of the walk and checks its sum.
func (w *walk) keep(f *walkedFile, write func(io.Writer) error) error {
	path := filepath.Join(w.Out, f.File)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return writeChecked(path, f.SHA256, write)
}

func writeChecked(path string, want kiosk.Digest, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if err := errors.Join(write(io.MultiWriter(f, sum)), f.Close()); err != nil {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), want[:]) {
		return fmt.Errorf("%s is not the file that was announced", filepath.Base(path))
	}
	return nil
}

func copyFile(dst io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(dst, f)
	return err
}
