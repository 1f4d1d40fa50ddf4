package systemd

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// need gives a program of the package systemd, or skips, or fails under CI.
func need(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	const line = "missing package: apt-get install --no-install-recommends systemd"
	if os.Getenv("CI") != "" {
		t.Fatal(line)
	}
	t.Skip(line)
	return ""
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := fs.ReadFile(Files, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// settings gives a unit's settings in order, without comments.
func settings(t *testing.T, name string) []string {
	t.Helper()
	var out []string
	for line := range strings.Lines(read(t, name)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

func TestUnitsPassSystemdsOwnCheck(t *testing.T) {
	tool := need(t, "systemd-analyze")
	dir := t.TempDir()
	// The programs are not installed here, so another takes their place.
	programs := strings.NewReplacer("=/usr/bin/kiosk ", "=/bin/true ", "=/usr/bin/cage ", "=/bin/true ")
	var files []string
	for _, name := range []string{"kiosk.service", "kiosk-window.service"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(programs.Replace(read(t, name))), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	out, err := exec.Command(tool, append([]string{"verify", "--man=no"}, files...)...).CombinedOutput()
	if err != nil || len(out) != 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

func TestUsersPassSystemdsOwnCheck(t *testing.T) {
	tool := need(t, "systemd-sysusers")
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	group := "root:x:0:\ndialout:x:20:\nlp:x:7:\n"
	if err := os.WriteFile(filepath.Join(root, "etc", "group"), []byte(group), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tool, "--root="+root, "--dry-run", "-")
	cmd.Stdin = strings.NewReader(read(t, "kiosk.sysusers"))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "'kiosk-ui'") {
		t.Errorf("systemd-sysusers: %v\n%s", err, out)
	}
}

// What each unit must and must not say; the reasons stand in the units.
func TestWhatTheUnitsRelyOn(t *testing.T) {
	tests := []struct {
		unit      string
		must, not []string
	}{
		{"kiosk.service",
			[]string{"Type=notify", "User=kiosk", "RestartPreventExitStatus=2 4", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "TimeoutStopSec=20", "LimitCORE=0"},
			[]string{"User=root", "Requires=kiosk-window.service", "After=network-online.target"}},
		{"kiosk-window.service",
			[]string{"User=kiosk-ui", "IPAddressDeny=any", "IPAddressAllow=localhost", "NoNewPrivileges=yes", "WatchdogSec=60", "NotifyAccess=all", "LimitCORE=0"},
			[]string{"RestrictNamespaces=yes", "MemoryDenyWriteExecute=yes", "ProtectKernelTunables=yes", "ProtectKernelLogs=yes", "ProtectHome=yes", "ProtectHome=tmpfs"}},
	}
	for _, tt := range tests {
		have := settings(t, tt.unit)
		for _, s := range tt.must {
			if !slices.Contains(have, s) {
				t.Errorf("%s does not say %s", tt.unit, s)
			}
		}
		for _, s := range tt.not {
			if slices.Contains(have, s) {
				t.Errorf("%s says %s", tt.unit, s)
			}
		}
	}
	for _, s := range settings(t, "kiosk-window.service") {
		if strings.HasPrefix(s, "ExecStart=") && regexp.MustCompile(`cage( -\w+)* -\w*s`).MatchString(s) {
			t.Error("cage is started with -s: people could switch to a console")
		}
	}
}

func TestRulesJumpSomewhere(t *testing.T) {
	const name = "70-kiosk-devices.rules"
	rules := read(t, name)
	for _, m := range regexp.MustCompile(`(?m)^[^#\n]*GOTO="(\w+)"`).FindAllStringSubmatch(rules, -1) {
		if !strings.Contains(rules, "\nLABEL=\""+m[1]+`"`) {
			t.Errorf("no label %s", m[1])
		}
	}
	part := regexp.MustCompile(`^[A-Z]+(\{[A-Za-z_]+\})?(==|!=|=|\+=)"[^"]*"$`)
	for _, line := range settings(t, name) {
		for field := range strings.SplitSeq(line, ", ") {
			if !part.MatchString(field) {
				t.Errorf("not a udev match or assignment: %s", field)
			}
		}
		if strings.Contains(line, "idProduct") && !strings.Contains(line, "idVendor") {
			t.Errorf("a product without its vendor would match strangers: %s", line)
		}
	}
}

func TestFoldersAreWellFormed(t *testing.T) {
	for _, line := range settings(t, "kiosk.tmpfiles") {
		if f := strings.Fields(line); len(f) != 6 || f[0] != "d" || !strings.HasPrefix(f[1], "/") {
			t.Errorf("not a tmpfiles line: %s", line)
		}
	}
}
