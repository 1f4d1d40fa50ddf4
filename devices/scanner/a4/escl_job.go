package a4

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"servicepoint/devices"
)

// job is one scan on the device.
type job struct {
	s      *ESCL
	url    *url.URL
	feeder bool
	dpi    int
}

// take implements maker.
func (s *ESCL) take(ctx context.Context, a *ask) (end func(), err error) {
	j, end, err := s.create(ctx, a.request)
	if err != nil {
		return end, err
	}
	end = func() { j.remove(ctx) }
	for n := 1; a.request.Max <= 0 || n <= a.request.Max; n++ {
		sheet, err := j.next(ctx, n, a)
		if err != nil {
			return end, err
		}
		if sheet.N == 0 {
			break
		}
		if err := a.hand(sheet); err != nil {
			return end, err
		}
		if ctx.Err() != nil {
			return end, ctx.Err()
		}
		if !j.feeder {
			break
		}
	}
	return end, nil
}

// create chooses where from to scan and makes the job. With an error, end may
// still have something to remove.
func (s *ESCL) create(ctx context.Context, r devices.ScanRequest) (j *job, end func(), err error) {
	c, err := s.readCaps(ctx)
	if err != nil {
		return nil, nil, err
	}
	st, err := s.patientStatus(ctx)
	if err != nil {
		return nil, nil, err
	}
	from, feeder, fault := c.choose(st, r)
	if fault != nil {
		return nil, nil, fault
	}
	j = &job{s: s, feeder: feeder, dpi: from.nearest(asked(r.DPI))}
	body, busy := c.settings(from, feeder, r), budget{patience}
	for {
		got, end, err := j.post(ctx, body)
		switch {
		case err != nil:
			return nil, end, err
		case got.code == http.StatusCreated:
			if j.url, err = jobURL(s.base, got.header.Get("Location")); err != nil {
				return nil, nil, fail(devices.Garbled, "its job", err)
			}
			return j, nil, nil
		case got.code == http.StatusServiceUnavailable:
			if err := busy.wait(ctx, got.header, s.now()); err != nil {
				return nil, nil, err
			}
		default:
			return nil, nil, s.why(ctx, feeder, codeFault(got.code))
		}
	}
}

// post asks for the job. If the context ends meanwhile the device may make it
// all the same: end then waits for its answer and takes the job off again,
// lest the device draw in paper nobody waits for.
func (j *job) post(ctx context.Context, body []byte) (r *reply, end func(), err error) {
	type outcome struct {
		r   *reply
		err error
	}
	got := make(chan outcome, 1)
	on, cancel := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		r, err := j.s.small(on, http.MethodPost, j.s.base.JoinPath("ScanJobs"), body, createLimit)
		got <- outcome{r, err}
	}()
	select {
	case o := <-got:
		cancel()
		return o.r, nil, o.err
	case <-ctx.Done():
	}
	return nil, func() {
		defer cancel()
		defer time.AfterFunc(goneLimit, cancel).Stop()
		o := <-got
		if o.err != nil || o.r.code != http.StatusCreated {
			return
		}
		if j.url, err = jobURL(j.s.base, o.r.header.Get("Location")); err == nil {
			j.remove(ctx)
		}
	}, ctx.Err()
}

// choose gives where to scan from: the feeder if something lies in it, or if
// there is nothing else.
func (c *caps) choose(st *status, r devices.ScanRequest) (from *source, feeder bool, fault *devices.Fault) {
	from = c.simplex
	if r.Duplex || from == nil {
		from = c.duplex
	}
	if r.Duplex && from == nil {
		return nil, false, fail(devices.Refused, "it does not scan both sides", nil)
	}
	if from != nil {
		if fault := st.fault(true); fault != nil {
			return nil, true, fault
		}
	}
	switch {
	case from != nil && (st.adf == "loaded" || st.adf == "processing"):
		return from, true, nil
	case from != nil && (c.platen == nil || r.Duplex):
		if st.adf == "empty" {
			return nil, true, fail(devices.NoSheet, "the feeder is empty", nil)
		}
		return from, true, nil
	}
	return c.platen, false, st.fault(false)
}

// patientStatus asks for the status of a device that may be busy.
func (s *ESCL) patientStatus(ctx context.Context) (*status, error) {
	for busy := (budget{patience}); ; {
		st, err := s.readStatus(ctx)
		if f, ok := errors.AsType[*devices.Fault](err); !ok || f.Cause != devices.Occupied {
			return st, err
		}
		if err := busy.wait(ctx, nil, s.now()); err != nil {
			return nil, err
		}
	}
}

// why looks whether the status explains a refusal; if not, fault stands.
func (s *ESCL) why(ctx context.Context, feeder bool, fault *devices.Fault) error {
	st, err := s.readStatus(ctx)
	if err != nil {
		return fault
	}
	if said := st.fault(feeder); said != nil {
		return said
	}
	if feeder && st.adf == "empty" {
		return fail(devices.NoSheet, "the feeder is empty", nil)
	}
	return fault
}

// next gives the next page; a sheet without a number says that there is none.
func (j *job) next(ctx context.Context, n int, a *ask) (devices.Sheet, error) {
	began, busy := j.s.now(), budget{patience}
	for asked, broken := 1, 0; ; {
		p, err := j.s.fetch(ctx, j.url.JoinPath("NextDocument"), a)
		switch {
		case ctx.Err() != nil:
			return devices.Sheet{}, ctx.Err()
		case errors.Is(err, errBroken):
			broken++
			if broken >= pageTries {
				return devices.Sheet{}, fail(devices.Truncated, fmt.Sprintf("page %d broke off %d times", n, broken), err)
			}
			if err := j.offered(ctx, n, err); err != nil {
				return devices.Sheet{}, err
			}
		case err != nil:
			return devices.Sheet{}, err
		case p.code == http.StatusOK:
			sheet, fault := newSheet(n, p.bytes, j.dpi, j.s.now().Sub(began))
			if fault != nil {
				return devices.Sheet{}, fault
			}
			return sheet, nil
		case p.code == http.StatusServiceUnavailable:
			if err := busy.wait(ctx, p.header, j.s.now()); err != nil {
				return devices.Sheet{}, err
			}
		case p.code == http.StatusNotFound, p.code == http.StatusGone, p.code == http.StatusConflict:
			again, err := j.ended(ctx, p.code, n, asked)
			if !again {
				return devices.Sheet{}, err
			}
			asked++
			if err := rest(ctx, time.Second); err != nil {
				return devices.Sheet{}, err
			}
		default:
			return devices.Sheet{}, j.s.why(ctx, j.feeder, codeFault(p.code))
		}
	}
}

// offered finds out whether the device still holds page n, whose transfer
// broke off: only then may it be asked for again, else the next page would
// take its place unseen.
func (j *job) offered(ctx context.Context, n int, broke error) error {
	st, err := j.s.patientStatus(ctx)
	if err != nil {
		return err
	}
	if fault := st.fault(j.feeder); fault != nil {
		return fault
	}
	if i := j.find(st); i != nil && i.completed == n-1 && i.toCome > 0 && (i.state == "Processing" || i.state == "Pending") {
		return nil
	}
	return fail(devices.Truncated, fmt.Sprintf("page %d broke off and is not offered again", n), broke)
}

// ended weighs an answer that says there is no page n: again says to ask once
// more, no error that the scan is at its end.
func (j *job) ended(ctx context.Context, code, n, asked int) (again bool, err error) {
	st, err := j.s.patientStatus(ctx)
	if err != nil {
		return false, err
	}
	if fault := st.fault(j.feeder); fault != nil {
		return false, fault
	}
	first, said := n == 1, fmt.Sprintf("it answers %d with the feeder %s", code, printable(st.adf))
	i := j.find(st)
	switch {
	case i != nil && i.state == "Canceled":
		return false, fail(devices.Cancelled, "at the device", nil)
	case !first && st.adf == "empty":
		return false, nil
	case first && (code != http.StatusConflict || st.adf == "empty"):
		return false, fail(devices.NoSheet, said, nil)
	case i != nil && i.state == "Aborted":
		return false, fail(devices.Jam, "the device gave the job up; "+said, nil)
	case code != http.StatusConflict:
		return false, nil
	case asked < pageTries && (!first || st.adf == "processing"):
		return true, nil
	case !j.feeder:
		return false, fail(devices.Refused, said, nil)
	}
	return false, fail(devices.Jam, said, nil)
}

// find gives what a status says of this job.
func (j *job) find(st *status) *jobInfo {
	for i := range st.jobs {
		u, err := jobURL(j.s.base, st.jobs[i].uri)
		if err == nil && strings.Trim(u.Path, "/") == strings.Trim(j.url.Path, "/") {
			return &st.jobs[i]
		}
	}
	return nil
}

// remove takes the job off the device, come what may. A job that is done is
// gone already, so the answer tells nothing.
func (j *job) remove(ctx context.Context) {
	limit := deleteLimit
	if ctx.Err() != nil {
		limit = goneLimit
	}
	if _, err := j.s.small(context.WithoutCancel(ctx), http.MethodDelete, j.url, nil, limit); err != nil {
		j.s.desk.log.Info("the scan job could not be taken off the scanner", "err", err)
	}
}
