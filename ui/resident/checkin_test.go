package resident_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"servicepoint/devices"
)

// What is read at the desk is told to every listener; the residents' screen
// takes bookings only.
func TestOnlyBookingsReachTheResidentsScreen(t *testing.T) {
	p, b := newPoint(t)
	codes := make(chan devices.Code, 4)
	for _, read := range []string{"001093012345||Nguyễn Văn Ánh|15081993|Nam|Tổ 3, Đại Thanh, Hà Nội|01042021", "SP1.D.DTH01-261123-0042-V", "001093012345", "SP1.B.ABCD2345"} {
		codes <- devices.Code{Raw: []byte(read)}
	}
	close(codes)
	p.Scans = func(context.Context) <-chan devices.Code { return codes }
	r, err := http.NewRequest(http.MethodGet, "/scan", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/event-stream")
	stream := b.Do(r).Body
	if strings.Contains(stream, "00109301") || strings.Contains(stream, "SP1.D") || !strings.Contains(stream, "data: SP1.B.ABCD2345") {
		t.Errorf("the stream says %q", stream)
	}
}
