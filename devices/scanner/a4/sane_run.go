package a4

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"servicepoint/devices"
)

const (
	pageName   = "page%d.jpg"
	maxLines   = 64 << 10 // bytes of names a scan may print
	maxLine    = 1 << 10
	tick       = 250 * time.Millisecond // between looks at a page that grows
	exitLimit  = 2 * time.Second        // to exit after its last word
	saneDone   = "Batch terminated"
	sanePaged  = "(scanner status = "
	tooFewRows = "too few scanlines"
)

// process is one run of scanimage, in a process group of its own.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	out    *output
	errs   *chatter
	exited chan struct{}
	killed atomic.Bool
	err    error // of Wait; read after exited
}

// start starts the program. Its environment is the least it needs, its
// messages are English.
func (s *SANE) start(ctx context.Context, dir string, args []string, bound int) (*process, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	name := s.Program
	if name == "" {
		name = "scanimage"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fail(devices.NoProgram, "scanimage (package sane-utils)", err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "LANG=C", "LC_ALL=C"}, s.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second // if a child of its own holds the pipes
	p := &process{cmd: cmd, out: &output{bound: bound, more: make(chan struct{}, 1)}, errs: &chatter{}, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.out, p.errs
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, fail(devices.Broken, "a pipe to scanimage", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fail(devices.NoProgram, "scanimage does not start", err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// end ends the process if it still runs: first kindly, which lets it tell the
// scanner to stop, then not. It returns when nothing of it is left.
func (p *process) end() {
	p.stdin.Close()
	select {
	case <-p.exited:
	default:
		p.killed.Store(true)
		p.signal(syscall.SIGTERM)
		t := time.NewTimer(termLimit)
		defer t.Stop()
		select {
		case <-p.exited:
		case <-t.C:
		}
	}
	p.signal(syscall.SIGKILL) // also what it left behind in its group
	<-p.exited
}

func (p *process) signal(s syscall.Signal) {
	_ = syscall.Kill(-p.cmd.Process.Pid, s) // no such group is what we want
}

// fault reads the exit code, which is SANE's status (sane.h). Of a process
// that had to be killed after its last word, what it said before counts.
func (p *process) fault() *devices.Fault {
	state, said := p.cmd.ProcessState, p.errs.last()
	named, gaveUp := p.errs.status()
	switch {
	case state == nil:
		return fail(devices.Broken, "scanimage: "+said, p.err)
	case p.killed.Load() && p.errs.over(), gaveUp && named != 0:
		return saneFault(named, said)
	case gaveUp || !state.Exited():
		return fail(devices.Truncated, "scanimage died: "+state.String(), nil)
	}
	return saneFault(state.ExitCode(), said)
}

// saneFault names a SANE status; 0 is no fault.
func saneFault(code int, said string) *devices.Fault {
	detail := fmt.Sprintf("scanimage ends with %d: %s", code, said)
	switch code {
	case 0:
		return nil
	case 1: // unsupported, but also whatever fails before the scan
		switch low := strings.ToLower(said); {
		case strings.Contains(low, tooFewRows):
			return fail(devices.Truncated, detail, nil)
		case strings.Contains(low, "busy"):
			return fail(devices.Occupied, detail, nil)
		case strings.Contains(low, "denied"):
			return fail(devices.Denied, detail, nil)
		case strings.Contains(low, "open of device"), strings.Contains(low, "no sane devices"):
			return fail(devices.Offline, detail, nil)
		}
		return fail(devices.Refused, detail, nil)
	case 2:
		return fail(devices.Cancelled, detail, nil)
	case 3:
		return fail(devices.Occupied, detail, nil)
	case 4:
		return fail(devices.Refused, detail, nil)
	case 5:
		return fail(devices.Truncated, detail, nil)
	case 6:
		return fail(devices.Jam, detail, nil)
	case 7:
		return fail(devices.NoSheet, detail, nil)
	case 8:
		return fail(devices.CoverOpen, detail, nil)
	case 9:
		return fail(devices.Offline, detail, nil)
	case 10:
		return fail(devices.TooLarge, detail, nil)
	case 11:
		return fail(devices.Denied, detail, nil)
	}
	return fail(devices.Broken, detail, nil)
}

// batch is one scan under way.
type batch struct {
	s        *SANE
	p        *process
	a        *ask
	dir      string
	max, dpi int
	kept     int
}

// run serves the process until it ends, hangs or the context ends.
func (b *batch) run(ctx context.Context) error {
	ticks := time.NewTicker(min(tick, b.s.stall()/4))
	defer ticks.Stop()
	var size, signs int64
	alive, began, done := time.Now(), b.s.now(), (<-chan time.Time)(nil)
	b.ask()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-b.p.out.more:
			if err := b.pages(&began); err != nil {
				return err
			}
			alive, size = time.Now(), 0
		case <-b.p.exited:
			return b.finish(&began)
		case <-done: // some drivers hang when they are closed
			b.p.end()
			return b.finish(&began)
		case <-ticks.C:
			now, said := b.growing(), b.p.errs.count.Load()
			switch {
			case now > maxPage:
				return fail(devices.TooLarge, "a page that does not end", nil)
			case now != size || said != signs:
				alive, size, signs = time.Now(), now, said
				b.a.tell(now, 0)
			case time.Since(alive) > b.s.stall():
				return fail(devices.Silent, "scanimage hangs: "+b.p.errs.last(), nil)
			}
			if done == nil && b.p.errs.over() {
				done = time.After(exitLimit)
			}
		}
	}
}

// ask lets the program take the next page.
func (b *batch) ask() {
	if _, err := io.WriteString(b.p.stdin, "\n"); err != nil {
		b.s.desk.log.Debug("scanimage takes no more", "err", err) // it has ended, which is seen elsewhere
	}
}

// pages hands on the pages whose names were printed.
func (b *batch) pages(began *time.Time) error {
	for {
		name, ok := b.p.out.line()
		if !ok {
			return nil
		}
		if name != fmt.Sprintf(pageName, b.kept+1) {
			return fail(devices.Garbled, "scanimage names a page that was not asked for", nil)
		}
		if err := b.page(filepath.Join(b.dir, name), b.s.now().Sub(*began)); err != nil {
			return err
		}
		*began = b.s.now()
		if b.max <= 0 || b.kept < b.max {
			b.ask()
		} else {
			b.p.stdin.Close()
		}
	}
}

// page hands one page on and deletes its file.
func (b *batch) page(path string, took time.Duration) error {
	raw, err := readPage(path)
	if err != nil {
		return err
	}
	sheet, fault := newSheet(b.kept+1, raw, b.dpi, took)
	if fault != nil {
		return fault
	}
	if err := os.Remove(path); err != nil {
		return fail(devices.Broken, "a page cannot be deleted", bare(err))
	}
	if err := b.a.hand(sheet); err != nil {
		return err
	}
	b.kept++
	return nil
}

// finish weighs how the program ended. It exits before its last lines are
// looked at, so pages may still be there.
func (b *batch) finish(began *time.Time) error {
	if err := b.pages(began); err != nil {
		return err
	}
	fault := b.p.fault()
	switch {
	case fault == nil && b.kept == 0:
		return fail(devices.NoSheet, b.p.errs.last(), nil)
	case fault == nil, fault.Cause == devices.NoSheet && b.kept > 0:
		return nil
	}
	return fault
}

// growing is the size of the page under way.
func (b *batch) growing() int64 {
	for _, tail := range []string{".part", ""} {
		if i, err := os.Lstat(filepath.Join(b.dir, fmt.Sprintf(pageName, b.kept+1)+tail)); err == nil {
			return i.Size()
		}
	}
	return 0
}

// readPage reads a page's file, which must be a plain one of a page's size.
func readPage(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, fail(fileCause(err), "a page cannot be read", bare(err))
	}
	defer f.Close()
	i, err := f.Stat()
	switch {
	case err != nil:
		return nil, fail(fileCause(err), "a page cannot be read", bare(err))
	case !i.Mode().IsRegular():
		return nil, fail(devices.Garbled, "a page that is no file", nil)
	case i.Size() > maxPage:
		return nil, fail(devices.TooLarge, fmt.Sprintf("a page of %d bytes", i.Size()), nil)
	}
	b := bytes.NewBuffer(make([]byte, 0, i.Size()+bytes.MinRead))
	if _, err := b.ReadFrom(io.LimitReader(f, maxPage+1)); err != nil {
		return nil, fail(fileCause(err), "a page cannot be read", bare(err))
	}
	return b.Bytes(), nil
}

// fileCause names what is wrong with a folder or a file.
func fileCause(err error) devices.Cause {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return devices.NoSpace
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return devices.Denied
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EIO), errors.Is(err, syscall.ESTALE), errors.Is(err, syscall.EHOSTDOWN):
		return devices.Offline
	case errors.Is(err, syscall.ENOTDIR):
		return devices.NotALine
	}
	return devices.Broken
}

// bare takes the path off an error: a file's name may name a person.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	if l, ok := errors.AsType[*os.LinkError](err); ok {
		return l.Err
	}
	return err
}

// output keeps what the program prints, within bounds.
type output struct {
	mu    sync.Mutex
	b     []byte
	bound int
	more  chan struct{} // has a token when there is something new
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	o.b = append(o.b, b[:min(len(b), max(0, o.bound-len(o.b)))]...)
	o.mu.Unlock()
	select {
	case o.more <- struct{}{}:
	default:
	}
	return len(b), nil
}

func (o *output) text() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b
}

// line takes the next whole line.
func (o *output) line() (string, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	at := bytes.IndexByte(o.b, '\n')
	if at < 0 {
		return "", false
	}
	s := string(o.b[:at])
	o.b = append(o.b[:0], o.b[at+1:]...)
	return s, true
}
