package spool

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"servicepoint/kiosk"
)

func open(t testing.TB) *Spool {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "spool"))
	if err != nil {
		t.Fatal(err)
	}
	s.Reserve = 0 // the machine that tests may be nearly full
	return s
}

func digestOf(s string) kiosk.Digest { return sha256.Sum256([]byte(s)) }

func putPage(t testing.TB, s *Spool, content string) kiosk.Digest {
	t.Helper()
	name, size, err := s.PutPage(t.Context(), strings.NewReader(content))
	if err != nil || size != int64(len(content)) || name != digestOf(content) {
		t.Fatalf("put: %s %d %v", name, size, err)
	}
	return name
}

func writes(content string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	}
}

func envelopes(env string) func(kiosk.Digest, int64) ([]byte, error) {
	return func(kiosk.Digest, int64) ([]byte, error) { return []byte(env), nil }
}

func putParcel(t testing.TB, s *Spool, content string) kiosk.Digest {
	t.Helper()
	p, err := s.PutParcel(t.Context(), envelopes("env of "+content), writes(content))
	if err != nil {
		t.Fatal(err)
	}
	return p.SHA256
}

// tree lists the spool's files, folder by folder, with what they hold.
func tree(t testing.TB, s *Spool) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(s.Dir, path)
		files[rel] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func wantCode(t *testing.T, err error, kind kiosk.Kind, code kiosk.Code) {
	t.Helper()
	if kiosk.KindOf(err) != kind || kiosk.CodeOf(err) != code {
		t.Errorf("got %v (%s), want %s %s", err, kiosk.KindOf(err), kind, code)
	}
}

func pageFile(content string) string   { return "pages/" + digestOf(content).String() + ".age" }
func parcelFile(content string) string { return "parcels/" + digestOf(content).String() + ".sealed" }
func envFile(content string) string    { return "parcels/" + digestOf(content).String() + ".env" }
func aside(file string) string         { return "quarantine/" + filepath.Base(file) }

func TestPages(t *testing.T) {
	s := open(t)
	name := putPage(t, s, "cipher")
	if diff := cmp.Diff(map[string]string{pageFile("cipher"): "cipher"}, tree(t, s)); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(filepath.Join(s.Dir, pageFile("cipher")))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if info, err = os.Stat(filepath.Join(s.Dir, pagesDir)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info, err)
	}
	r, err := s.OpenPage(name)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || string(got) != "cipher" || r.Close() != nil {
		t.Errorf("%q %v", got, err)
	}
	putPage(t, s, "cipher") // the same bytes again are the same file
	if err := s.CheckPage(t.Context(), name); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := s.WipePage(name); err != nil {
			t.Error(err)
		}
	}
	if left := tree(t, s); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	_, err = s.OpenPage(name)
	wantCode(t, err, kiosk.NotFound, "spool.missing")
	wantCode(t, s.CheckPage(t.Context(), name), kiosk.NotFound, "spool.missing")
}

func TestParcels(t *testing.T) {
	s := open(t)
	var asked kiosk.Parcel
	p, err := s.PutParcel(t.Context(), func(d kiosk.Digest, size int64) ([]byte, error) {
		asked = kiosk.Parcel{SHA256: d, Bytes: size}
		return []byte("env"), nil
	}, writes("sealed bytes"))
	want := kiosk.Parcel{SHA256: digestOf("sealed bytes"), Bytes: 12, Envelope: []byte("env")}
	if err != nil || !cmp.Equal(want, p) {
		t.Errorf("%+v %v", p, err)
	}
	if asked.SHA256 != want.SHA256 || asked.Bytes != want.Bytes {
		t.Errorf("the envelope was asked for %+v", asked)
	}
	if diff := cmp.Diff(map[string]string{parcelFile("sealed bytes"): "sealed bytes", envFile("sealed bytes"): "env"}, tree(t, s)); diff != "" {
		t.Error(diff)
	}
	f, err := s.OpenParcel(p.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	part := make([]byte, 5)
	if _, err := f.ReadAt(part, 7); err != nil || string(part) != "bytes" || f.Close() != nil {
		t.Errorf("%q %v", part, err)
	}
	if err := s.CheckParcel(t.Context(), p.SHA256); err != nil {
		t.Error(err)
	}
	for range 2 {
		if err := s.WipeParcel(p.SHA256); err != nil {
			t.Error(err)
		}
	}
	if left := tree(t, s); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	_, err = s.OpenParcel(p.SHA256)
	wantCode(t, err, kiosk.NotFound, "spool.missing")
}

func TestDamageIsSeen(t *testing.T) {
	s := open(t)
	page, parcel := putPage(t, s, "page"), putParcel(t, s, "parcel")
	for _, file := range []string{pageFile("page"), parcelFile("parcel")} {
		if err := os.WriteFile(filepath.Join(s.Dir, file), []byte("flipped"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, s.CheckPage(t.Context(), page), kiosk.Corrupt, "spool.damaged")
	wantCode(t, s.CheckParcel(t.Context(), parcel), kiosk.Corrupt, "spool.damaged")
}

// A writer that fails leaves no file behind, and its error comes back as it is.
func TestFailingWriterLeavesNothing(t *testing.T) {
	s := open(t)
	boom := errors.New("boom")
	half := func(w io.Writer) error { io.WriteString(w, "half"); return boom }
	_, _, err := s.PutPage(t.Context(), io.MultiReader(strings.NewReader("half"), iotestErr{boom}))
	if !errors.Is(err, boom) || kiosk.CodeOf(err) != "internal" {
		t.Errorf("page: %v", err)
	}
	if _, err = s.PutParcel(t.Context(), envelopes("env"), half); !errors.Is(err, boom) {
		t.Errorf("parcel: %v", err)
	}
	_, err = s.PutParcel(t.Context(), func(kiosk.Digest, int64) ([]byte, error) { return nil, boom }, writes("whole"))
	if !errors.Is(err, boom) {
		t.Errorf("envelope: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.PutPage(ctx, strings.NewReader("page")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, _, err := s.PutPage(ctx, strings.NewReader("")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled, empty: %v", err)
	}
	if left := tree(t, s); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

type iotestErr struct{ err error }

func (r iotestErr) Read([]byte) (int, error) { return 0, r.err }

func TestReserveAndFree(t *testing.T) {
	s := open(t)
	free, share, err := s.Free()
	if err != nil || free <= 0 || share <= 0 || share > 1 {
		t.Errorf("%d %f %v", free, share, err)
	}
	s.Reserve = 1 << 62
	_, _, err = s.PutPage(t.Context(), strings.NewReader("page"))
	wantCode(t, err, kiosk.Unavailable, "spool.full")
	_, err = s.PutParcel(t.Context(), envelopes("env"), writes("parcel"))
	wantCode(t, err, kiosk.Unavailable, "spool.full")
	if left := tree(t, s); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	s.Dir = filepath.Join(s.Dir, "gone")
	_, _, err = s.Free()
	wantCode(t, err, kiosk.NotFound, "spool.missing")
}

func TestOpenWhereItCannot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(filepath.Join(file, "spool"))
	wantCode(t, err, kiosk.Unavailable, "spool.failed")
	if s, err := Open(t.TempDir()); err != nil || s.Reserve != defaultReserve || s.now().IsZero() {
		t.Errorf("%+v %v", s, err)
	}
}

func FuzzNameOf(f *testing.F) {
	f.Add("pages/" + digestOf("x").String() + ".age")
	f.Add("parcels/" + strings.ToUpper(digestOf("x").String()) + ".env")
	f.Add(".age")
	f.Add("")
	f.Fuzz(func(t *testing.T, path string) {
		if name, ext, ok := nameOf(path); ok && name.String()+ext != filepath.Base(path) {
			t.Errorf("%q reads as %s and %q", path, name, ext)
		}
	})
}

func BenchmarkPutPage(b *testing.B) {
	s := open(b)
	page := bytes.Repeat([]byte("0123456789abcdef"), 300_000/16)
	b.SetBytes(int64(len(page)))
	for b.Loop() {
		if _, _, err := s.PutPage(b.Context(), bytes.NewReader(page)); err != nil {
			b.Fatal(err)
		}
	}
}
