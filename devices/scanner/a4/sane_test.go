package a4

import (
	"bytes"
	"context"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"servicepoint/devices"
)

// testBackend gives a scanner on SANE's test backend.
func testBackend(t *testing.T, options ...string) *SANE {
	t.Helper()
	if _, err := exec.LookPath("scanimage"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("scanimage is missing: apt-get install sane-utils")
		}
		t.Skip("scanimage is missing: apt-get install sane-utils")
	}
	conf := t.TempDir()
	write(t, conf, "dll.conf", []byte("test\n"))
	write(t, conf, "test.conf", nil)
	return &SANE{
		Device: "test:0", Options: append([]string{"--test-picture=Color pattern"}, options...),
		Env: []string{"SANE_CONFIG_DIR=" + conf}, Dir: t.TempDir(), Poll: time.Hour,
	}
}

// fake gives a scanner whose program is a shell script.
func fake(t *testing.T, script string) *SANE {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "scanimage")
	script = "#!/bin/sh\ncase \"$*\" in *--all-options*) echo '    --source Flatbed|ADF|ADF Duplex [ADF]'; exit 0;; esac\n" + script
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "p.jpg", picture(1))
	return &SANE{Program: path, Env: []string{"HERE=" + dir}, Dir: t.TempDir(), Poll: time.Hour}
}

// wantNothingLeft wants no file and no process left of a scan.
func wantNothingLeft(t *testing.T, s *SANE) {
	t.Helper()
	wantFiles(t, s.Dir)
	if left, _ := os.ReadDir(s.Dir); len(left) > 0 {
		t.Errorf("%d folders are left", len(left))
	}
	all, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, p := range all {
		if b, err := os.ReadFile(p); err == nil && bytes.Contains(b, []byte("HOME="+s.Dir)) {
			t.Errorf("a process is left: %s", p)
		}
	}
}

func TestF59_SANEFeeder(t *testing.T) {
	s := testBackend(t)
	stop := running(t, s)
	for max, want := range map[int]int{0: 10, 1: 1, 10: 10, 11: 10} {
		got, err := scan(t.Context(), s, devices.ScanRequest{Max: max})
		wantCause(t, err, "")
		if len(got) != want {
			t.Errorf("max %d: got %d sheets, want %d", max, len(got), want)
		}
		for i, p := range got {
			if p.N != i+1 || p.DPI != 300 || p.Verified != devices.Decoded {
				t.Errorf("max %d, sheet %d: number %d, %d dpi, %s", max, i+1, p.N, p.DPI, p.Verified)
			}
			// 200 x 200 mm is all that the test backend has.
			if c, err := jpeg.DecodeConfig(bytes.NewReader(p.Bytes)); err != nil || c.Width < 2360 || c.Height < 2360 {
				t.Errorf("max %d, sheet %d: %d x %d, %v", max, i+1, c.Width, c.Height, err)
			}
		}
	}
	c := s.Capabilities()
	if !c.Feeder || c.Duplex || !c.Pages || !strings.HasPrefix(c.Model, "test") {
		t.Errorf("capabilities: %+v", c)
	}
	if st := s.Status(); !st.Ready {
		t.Errorf("status: %+v", st)
	}
	stop()
	wantNothingLeft(t, s)
}

func TestF59_SANEFeederAsksForNoSheetTooMany(t *testing.T) {
	s := fake(t, `i=0; while read line; do i=$((i+1)); echo x >> "$HERE/asked"; cp "$HERE/p.jpg" page$i.jpg; echo page$i.jpg; done`)
	stop := running(t, s)
	n := 0
	err := s.Scan(t.Context(), devices.ScanRequest{}, func(p devices.Sheet) error {
		if n++; n == 3 {
			return errFull
		}
		return nil
	}, nil)
	for err != errFull && n == 0 { // Run had not begun
		err = s.Scan(t.Context(), devices.ScanRequest{}, func(p devices.Sheet) error {
			if n++; n == 3 {
				return errFull
			}
			return nil
		}, nil)
	}
	if err != errFull {
		t.Errorf("Scan gives %v, want keep's own error", err)
	}
	stop()
	asked, _ := os.ReadFile(filepath.Join(filepath.Dir(s.Program), "asked"))
	if string(asked) != "x\nx\nx\n" {
		t.Errorf("asked for %q", asked)
	}
	wantNothingLeft(t, s)
}

func TestSANEFlatbedAndDuplex(t *testing.T) {
	s := testBackend(t)
	s.Source = "Flatbed"
	running(t, s)
	got, err := scan(t.Context(), s, devices.ScanRequest{DPI: 75, Gray: true})
	wantCause(t, err, "")
	if len(got) != 1 || got[0].DPI != 75 {
		t.Errorf("got %d sheets", len(got))
	}
	_, err = scan(t.Context(), s, devices.ScanRequest{Duplex: true})
	wantCause(t, err, devices.Refused)
}

func TestSANEGlassWhenTheFeederIsEmpty(t *testing.T) {
	s := fake(t, `read x; case "$*" in *--source=ADF*) echo "scanimage: sane_start: Document feeder out of documents" >&2; exit 7;; esac
cp "$HERE/p.jpg" page1.jpg; echo page1.jpg; read x; exit 0`)
	stop := running(t, s)
	_, err := scan(t.Context(), s, devices.ScanRequest{})
	wantCause(t, err, devices.NoSheet)
	stop()
	s2 := &SANE{Program: s.Program, Env: s.Env, Dir: s.Dir, Poll: s.Poll, Glass: true}
	stop = running(t, s2)
	got, err := scan(t.Context(), s2, devices.ScanRequest{})
	wantCause(t, err, "")
	wantSheets(t, got, pictures(1))
	stop()
	wantNothingLeft(t, s2)
}

// statuses is every status of SANE but GOOD, with what becomes of it.
var statuses = []struct {
	name string
	code int
	want devices.Cause
}{
	{"UNSUPPORTED", 1, devices.Refused},
	{"CANCELLED", 2, devices.Cancelled},
	{"DEVICE_BUSY", 3, devices.Occupied},
	{"INVAL", 4, devices.Refused},
	{"EOF", 5, devices.Truncated},
	{"JAMMED", 6, devices.Jam},
	{"NO_DOCS", 7, devices.NoSheet},
	{"COVER_OPEN", 8, devices.CoverOpen},
	{"IO_ERROR", 9, devices.Offline},
	{"NO_MEM", 10, devices.TooLarge},
	{"ACCESS_DENIED", 11, devices.Denied},
}

func TestF56_EverySANEStatusOfTheTestBackend(t *testing.T) {
	for _, st := range statuses {
		t.Run(st.name, func(t *testing.T) {
			t.Parallel()
			s := testBackend(t, "--read-return-value=SANE_STATUS_"+st.name)
			stop := running(t, s)
			got, err := scan(t.Context(), s, devices.ScanRequest{DPI: 75})
			wantCause(t, err, st.want)
			wantSheets(t, got, nil)
			stop()
			wantNothingLeft(t, s)
		})
	}
}

func TestF56_EverySANEStatusAfterAPage(t *testing.T) {
	for _, st := range statuses {
		t.Run(st.name, func(t *testing.T) {
			t.Parallel()
			s := fake(t, `read x; cp "$HERE/p.jpg" page1.jpg; echo page1.jpg; read x; printf half > page2.jpg.part; exit `+strconv.Itoa(st.code))
			stop := running(t, s)
			got, err := scan(t.Context(), s, devices.ScanRequest{})
			want := st.want
			if want == devices.NoSheet {
				want = "" // the feeder is empty, as it should be
			}
			wantCause(t, err, want)
			wantSheets(t, got, pictures(1))
			stop()
			wantNothingLeft(t, s)
		})
	}
}

func TestF56_WhatFailsBeforeTheScan(t *testing.T) {
	for said, want := range map[string]devices.Cause{
		"scanimage: open of device x failed: Invalid argument":                   devices.Offline,
		"scanimage: open of device x failed: Device busy":                        devices.Occupied,
		"scanimage: open of device x failed: Access to resource has been denied": devices.Denied,
		"scanimage: no SANE devices found":                                       devices.Offline,
		"scanimage: unrecognized option '--x'":                                   devices.Refused,
	} {
		if f := saneFault(1, said); f.Cause != want {
			t.Errorf("%s: %s, want %s", said, f.Cause, want)
		}
	}
	s := testBackend(t)
	s.Device = "test:9"
	running(t, s)
	_, err := scan(t.Context(), s, devices.ScanRequest{})
	wantCause(t, err, devices.Offline)
}

func TestF57_ProgramMissing(t *testing.T) {
	s := &SANE{Program: filepath.Join(t.TempDir(), "scanimage"), Dir: t.TempDir()}
	running(t, s)
	_, err := scan(t.Context(), s, devices.ScanRequest{})
	wantCause(t, err, devices.NoProgram)
}

func TestF57_ProgramHangs(t *testing.T) {
	for name, script := range map[string]string{
		"at once":         `sleep 1000`,
		"deaf":            `trap '' TERM; sleep 1000 & sleep 1001 & wait; sleep 1002; sleep 1003`,
		"in a page":       `read x; head -c 100 "$HERE/p.jpg" > page1.jpg.part; sleep 1000`,
		"with a grandson": `(sleep 1000 &) ; sleep 1000`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fake(t, script)
			s.Stall = 300 * time.Millisecond
			stop := running(t, s)
			got, err := scan(t.Context(), s, devices.ScanRequest{})
			wantCause(t, err, devices.Silent)
			wantSheets(t, got, nil)
			stop()
			wantNothingLeft(t, s)
		})
	}
}

func TestF57_ProgramHangsAfterItsLastWord(t *testing.T) {
	s := fake(t, `read x; echo "scanimage: sane_read: Device busy" >&2
echo "Scanned page 1. (scanner status = 3)" >&2; echo "Batch terminated, 1 page scanned" >&2; sleep 1000`)
	stop := running(t, s)
	_, err := scan(t.Context(), s, devices.ScanRequest{})
	wantCause(t, err, devices.Occupied)
	stop()
	wantNothingLeft(t, s)
}

func TestF57_ProgramHangsListingItsOptions(t *testing.T) {
	s := fake(t, "")
	if err := os.WriteFile(s.Program, []byte("#!/bin/sh\nsleep 1000\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.Stall = 200 * time.Millisecond
	stop := running(t, s)
	_, err := scan(t.Context(), s, devices.ScanRequest{})
	wantCause(t, err, devices.Silent)
	stop()
	wantNothingLeft(t, s)
}

func TestF57_ProgramKilledInAPage(t *testing.T) {
	s := fake(t, `read x; cp "$HERE/p.jpg" page1.jpg; echo page1.jpg; read x; head -c 300 "$HERE/p.jpg" > page2.jpg.part; kill -9 $$`)
	stop := running(t, s)
	got, err := scan(t.Context(), s, devices.ScanRequest{})
	wantCause(t, err, devices.Truncated)
	wantSheets(t, got, pictures(1))
	stop()
	wantNothingLeft(t, s)
}

func TestF57_KilledWhileTheTestBackendIsSlow(t *testing.T) {
	s := testBackend(t, "--read-delay=yes", "--read-delay-duration=200000", "--read-limit=yes", "--read-limit-size=1000")
	stop := running(t, s)
	_, err := scan(t.Context(), &killing{s, t}, devices.ScanRequest{})
	wantCause(t, err, devices.Truncated)
	stop()
	wantNothingLeft(t, s)
}

// killing kills scanimage at the first sign that a page is under way.
type killing struct {
	*SANE
	t *testing.T
}

func (k *killing) Scan(ctx context.Context, r devices.ScanRequest, keep func(devices.Sheet) error, _ devices.Progress) error {
	return k.SANE.Scan(ctx, r, keep, func(done, _ int64) {
		if done == 0 {
			return
		}
		all, _ := filepath.Glob("/proc/[0-9]*/environ")
		for _, p := range all {
			if b, err := os.ReadFile(p); err == nil && bytes.Contains(b, []byte("HOME="+k.Dir)) {
				if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(p))); err == nil {
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
			}
		}
	})
}

func TestF57_CancelledWhileTheTestBackendIsSlow(t *testing.T) {
	s := testBackend(t, "--read-delay=yes", "--read-delay-duration=200000", "--read-limit=yes", "--read-limit-size=1000")
	stop := running(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := scan(ctx, s, devices.ScanRequest{})
	wantCause(t, err, devices.Cancelled)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("cancelling took %v", took)
	}
	stop()
	wantNothingLeft(t, s)
}

func TestF57_ProgramGivesAHalfPage(t *testing.T) {
	s := fake(t, `read x; head -c 900 "$HERE/p.jpg" > page1.jpg; echo page1.jpg; read x`)
	stop := running(t, s)
	got, err := scan(t.Context(), s, devices.ScanRequest{})
	wantCause(t, err, devices.Truncated)
	wantSheets(t, got, nil)
	stop()
	wantNothingLeft(t, s)
}

func TestF57_ProgramNamesOtherFiles(t *testing.T) {
	for _, script := range []string{
		`read x; echo /etc/passwd; read x`,
		`read x; ln -s /etc/passwd page1.jpg; echo page1.jpg; read x`,
		`read x; yes page9.jpg | head -c 1000000; read x`,
	} {
		s := fake(t, script)
		stop := running(t, s)
		got, err := scan(t.Context(), s, devices.ScanRequest{})
		if err == nil || len(got) > 0 {
			t.Errorf("%s: %d sheets, %v", script, len(got), err)
		}
		stop()
		wantNothingLeft(t, s)
	}
}
