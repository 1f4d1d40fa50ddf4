package pdfa

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func save(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "document.pdf")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestQPDF lets qpdf check the structure; a twin with one wrong offset must
// not pass, or the check proves nothing.
func TestQPDF(t *testing.T) {
	qpdf := tool(t, "qpdf", "qpdf")
	d, _ := sample(t)
	pdf := write(t, d)
	if out, err := exec.Command(qpdf, "--check", save(t, pdf)).CombinedOutput(); err != nil {
		t.Errorf("qpdf: %v\n%s", err, out)
	}
	at := bytes.LastIndex(pdf, []byte(" 00000 n "))
	twin := bytes.Clone(pdf)
	twin[at-2]++
	if out, err := exec.Command(qpdf, "--check", save(t, twin)).CombinedOutput(); err == nil {
		t.Errorf("qpdf passes a broken twin:\n%s", out)
	}
}

// TestPDFImages takes the pictures out with poppler.
func TestPDFImages(t *testing.T) {
	pdfimages := tool(t, "pdfimages", "poppler-utils")
	d, pics := sample(t)
	path := save(t, write(t, d))
	root := filepath.Join(filepath.Dir(path), "out")
	if out, err := exec.Command(pdfimages, "-j", path, root).CombinedOutput(); err != nil {
		t.Fatalf("pdfimages: %v\n%s", err, out)
	}
	for i, want := range pics {
		got, err := os.ReadFile(fmt.Sprintf("%s-%03d.jpg", root, i))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("picture %d came out changed (%v)", i+1, err)
		}
	}
}

// TestPDFInfo reads sizes and turns with poppler.
func TestPDFInfo(t *testing.T) {
	pdfinfo := tool(t, "pdfinfo", "poppler-utils")
	d, _ := sample(t)
	out, err := exec.Command(pdfinfo, "-l", "4", save(t, write(t, d))).CombinedOutput()
	if err != nil {
		t.Fatalf("pdfinfo: %v\n%s", err, out)
	}
	squeezed := strings.Join(strings.Fields(string(out)), " ")
	for _, want := range []string{"Title: Giấy chứng sinh (1/2) <&>", "Pages: 4", "Page 1 size: 595.2 x 842.4 pts", "Page 2 rot: 180",
		"Page 3 rot: 90", "Page 4 size: 841.89 x 595.276 pts (A4)", "PDF version: 1.4"} {
		if !strings.Contains(squeezed, want) {
			t.Errorf("pdfinfo does not say %q:\n%s", want, out)
		}
	}
}

// TestPreflight validates the part 1 twin with PDFBox Preflight, and lets it
// refuse one without an output intent. It starts two Java machines, so it runs
// only with KIOSK_DEEP=1; KIOSK_JARS names another folder of the jars.
func TestPreflight(t *testing.T) {
	if os.Getenv("KIOSK_DEEP") != "1" {
		t.Skip("set KIOSK_DEEP=1 to validate with PDFBox Preflight")
	}
	java := tool(t, "java", "default-jre-headless")
	dir := os.Getenv("KIOSK_JARS")
	if dir == "" {
		dir = "/usr/share/java"
	}
	var jars []string
	for _, name := range []string{"preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "javax.activation", "jaxb-api"} {
		jar := filepath.Join(dir, name+".jar")
		if _, err := os.Stat(jar); err != nil {
			missing(t, "PDFBox", "libpdfbox2-java libactivation-java libjaxb-api-java")
		}
		jars = append(jars, jar)
	}
	validate := func(pdf []byte) (string, error) {
		out, err := exec.Command(java, "-cp", strings.Join(jars, ":"), "org.apache.pdfbox.preflight.Validator_A1b", save(t, pdf)).CombinedOutput()
		return string(out), err
	}
	d, _ := sample(t)
	d.Part = 1
	pdf := write(t, d)
	if out, err := validate(pdf); err != nil || !strings.Contains(out, "is a valid PDF/A-1b file") {
		t.Errorf("Preflight: %v\n%s", err, out)
	}
	twin := bytes.Replace(pdf, []byte("/OutputIntents"), []byte("/OutputIntentz"), 1)
	if out, _ := validate(twin); !strings.Contains(out, "2.4.3") {
		t.Errorf("Preflight passes a twin without output intent:\n%s", out)
	}
	d.Part = 2
	if out, _ := validate(write(t, d)); strings.Count(out, "\n7.") != 1 {
		t.Errorf("of part 2 Preflight should mind the part number only:\n%s", out)
	}
}
