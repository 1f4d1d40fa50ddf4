package wire

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The nodes of these tests are files: whoever watches folders cannot tell.

func step(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func makeNode(t *testing.T, path string) {
	t.Helper()
	step(t, os.MkdirAll(filepath.Dir(path), 0o700))
	step(t, os.WriteFile(path, nil, 0o600))
}

func heard(t *testing.T, appeared <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-appeared:
	case <-time.After(patience):
		t.Fatalf("nothing was told: %s", what)
	}
}

func TestAppearedTellsWhenTheNodeMayHaveCome(t *testing.T) {
	for name, c := range map[string]struct {
		before, after func(t *testing.T, dir string) // the port is dir/dev/printer
	}{
		"made": {
			func(t *testing.T, dir string) { step(t, os.Mkdir(dir+"/dev", 0o700)) },
			func(t *testing.T, dir string) { makeNode(t, dir+"/dev/printer") },
		},
		"folder does not exist yet": {
			func(*testing.T, string) {},
			func(t *testing.T, dir string) { makeNode(t, dir+"/dev/printer") },
		},
		"moved there": {
			func(t *testing.T, dir string) { step(t, os.Mkdir(dir+"/dev", 0o700)); makeNode(t, dir+"/elsewhere") },
			func(t *testing.T, dir string) { step(t, os.Rename(dir+"/elsewhere", dir+"/dev/printer")) },
		},
		"rights changed": { // udev gives the node to a group right after it was made
			func(t *testing.T, dir string) { makeNode(t, dir+"/dev/printer") },
			func(t *testing.T, dir string) { step(t, os.Chmod(dir+"/dev/printer", 0o660)) },
		},
		"link made": {
			func(t *testing.T, dir string) { step(t, os.Mkdir(dir+"/dev", 0o700)); makeNode(t, dir+"/ttyUSB0") },
			func(t *testing.T, dir string) { step(t, os.Symlink("../ttyUSB0", dir+"/dev/printer")) },
		},
		"link re-pointed": {
			func(t *testing.T, dir string) {
				makeNode(t, dir+"/ttyUSB0")
				makeNode(t, dir+"/ttyUSB1")
				step(t, os.Mkdir(dir+"/dev", 0o700))
				step(t, os.Symlink("../ttyUSB0", dir+"/dev/printer"))
			},
			func(t *testing.T, dir string) { aim(t, dir+"/dev/printer", "../ttyUSB1") },
		},
		"target of a dangling link made": {
			func(t *testing.T, dir string) {
				step(t, os.Mkdir(dir+"/dev", 0o700))
				step(t, os.Symlink(dir+"/far/away/ttyUSB0", dir+"/dev/printer"))
			},
			func(t *testing.T, dir string) { makeNode(t, dir+"/far/away/ttyUSB0") },
		},
		"folder and target by two names": {
			func(t *testing.T, dir string) {
				step(t, os.MkdirAll(dir+"/real/sub", 0o700))
				step(t, os.Symlink("real/sub", dir+"/dev"))
				step(t, os.Symlink("../ttyUSB0", dir+"/dev/printer")) // seen from real/sub
				step(t, os.Symlink(dir+"/dev/printer", dir+"/real/printer"))
			},
			func(t *testing.T, dir string) { makeNode(t, dir+"/real/ttyUSB0") },
		},
		"folder went and came back": {
			func(t *testing.T, dir string) { step(t, os.Mkdir(dir+"/dev", 0o700)) },
			func(t *testing.T, dir string) {
				step(t, os.Remove(dir+"/dev"))
				makeNode(t, dir+"/dev/printer")
			},
		},
		"folder was changed for another": {
			func(t *testing.T, dir string) { step(t, os.Mkdir(dir+"/dev", 0o700)) },
			func(t *testing.T, dir string) {
				step(t, os.Rename(dir+"/dev", dir+"/old"))
				makeNode(t, dir+"/dev/printer")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			leaks(t)
			dir := t.TempDir()
			c.before(t, dir)
			ctx, stop := context.WithCancel(t.Context())
			appeared := Port{Path: dir + "/dev/printer"}.Appeared(ctx)
			select {
			case <-appeared:
				t.Fatal("told before anything happened")
			default:
			}
			c.after(t, dir)
			heard(t, appeared, name)
			step(t, os.Remove(dir+"/dev/printer"))
			makeNode(t, dir+"/dev/printer")
			heard(t, appeared, "again")
			stop()
		})
	}
}

// What else happens in the folders wakes nobody.
func TestAppearedTellsNothingElse(t *testing.T) {
	leaks(t)
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	appeared := Port{Path: dir + "/printer"}.Appeared(ctx)
	other := Port{Path: dir + "/scanner"}.Appeared(ctx)
	for range 20 {
		makeNode(t, dir+"/ttyUSB0")
		step(t, os.Chmod(dir+"/ttyUSB0", 0o640))
		step(t, os.Remove(dir+"/ttyUSB0"))
	}
	makeNode(t, dir+"/scanner")
	heard(t, other, "the node that did come") // the events before it were seen as well
	select {
	case <-appeared:
		t.Error("told of another node")
	default:
	}
}

func TestAppearedWithoutAFolderToWatch(t *testing.T) {
	leaks(t)
	gone, stop := context.WithCancel(t.Context())
	stop()
	for _, c := range []struct {
		ctx  context.Context
		path string
	}{{t.Context(), "tcp:192.0.2.7"}, {t.Context(), ""}, {gone, t.TempDir() + "/printer"}} {
		select {
		case _, open := <-(Port{Path: c.path}).Appeared(c.ctx):
			t.Errorf("%q: told, open %t", c.path, open)
		default:
		}
	}
}
