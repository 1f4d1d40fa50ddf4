package wire

import (
	"fmt"
	"slices"
	"syscall"
	"testing"

	"servicepoint/devices"
)

func TestFaultsNameTheirCause(t *testing.T) {
	for _, c := range []struct {
		err  error
		want devices.Cause
	}{
		{syscall.ENOENT, devices.Offline},
		{syscall.ENXIO, devices.Offline},
		{syscall.EIO, devices.Offline},
		{syscall.ENODEV, devices.Offline},
		{syscall.ENOTTY, devices.NotALine},
		{syscall.EINVAL, devices.Refused},
		{syscall.EACCES, devices.Denied},
		{syscall.EPERM, devices.Denied},
		{syscall.EBUSY, devices.Occupied},
		{syscall.EAGAIN, devices.Occupied}, // what flock says
	} {
		got := fault(Port{Path: "p"}, "open line", fmt.Errorf("wrapped: %w", c.err))
		if got.Cause != c.want {
			t.Errorf("%v is %s, want %s", c.err, got.Cause, c.want)
		}
		if !slices.Contains(Causes(), got.Cause) {
			t.Errorf("%s is missing from Causes", got.Cause)
		}
	}
}
