package seal

import (
	"os"
	"strings"
	"testing"
)

// TestFormatIsWritten keeps docs/parcel.md complete: every code of a parcel,
// envelope or receipt and every payload type stands in it.
func TestFormatIsWritten(t *testing.T) {
	text := string(must(os.ReadFile("../../docs/parcel.md"))(t))
	for _, c := range Codes() {
		if !strings.HasPrefix(string(c), "seal.") && !strings.Contains(text, "`"+string(c)+"`") {
			t.Errorf("docs/parcel.md does not explain %s", c)
		}
	}
	for _, st := range []statement{manifestStatement, envelopeStatement, receiptStatement} {
		if !strings.Contains(text, st.payloadType) {
			t.Errorf("docs/parcel.md does not name %s", st.payloadType)
		}
	}
}
