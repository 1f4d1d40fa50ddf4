package virtual

// PrinterProfile is what a model of printer can do.
type PrinterProfile struct {
	Name       string
	Width      int  // printable dots; dots to the right of it are lost
	Buffer     int  // bytes of receive buffer
	ProcessID  bool // answers GS ( H fn 48; otherwise that command prints as rubbish
	Realtime   bool // answers DLE EOT
	AutoStatus bool // has automatic status back, GS a
	Queued     bool // answers GS r
	Identity   bool // answers GS I
	Cutter     bool // otherwise it has a tear bar, and a cut command ends the slip as a hand would
	Glyphs     bool // takes characters of the host's own, ESC &; otherwise their bytes print as rubbish
	Graphics   bool // knows GS ( L and GS 8 L
	Pairs      bool // starts in two-byte mode (GBK): high bytes print in pairs until FS .
	Busy       bool // stops reading while it is offline too, not only when its buffer is full

	Maker, Model string // what GS I tells
}

// PrinterProfiles lists the models that can be played.
func PrinterProfiles() []PrinterProfile {
	full := PrinterProfile{
		Buffer: 4096, ProcessID: true, Realtime: true, AutoStatus: true, Queued: true, Identity: true,
		Cutter: true, Glyphs: true, Graphics: true, Maker: "EPSON",
	}
	clone := PrinterProfile{
		Buffer: 4096, Realtime: true, Queued: true, Identity: true, Cutter: true, Pairs: true,
		Maker: "POS", Model: "POS-80",
	}
	vary := func(p PrinterProfile, name string, width int, edit func(*PrinterProfile)) PrinterProfile {
		p.Name, p.Width = name, width
		if edit != nil {
			edit(&p)
		}
		return p
	}
	return []PrinterProfile{
		vary(full, "epson-tm-t20", 576, func(p *PrinterProfile) { p.Model = "TM-T20II" }),
		vary(clone, "clone-80", 576, nil),
		vary(clone, "clone-58", 384, func(p *PrinterProfile) { p.Cutter, p.Model = false, "POS-58" }),
		vary(PrinterProfile{Buffer: 4096, Pairs: true}, "mute-58", 384, nil),
		vary(full, "epson-tm-t88v", 512, func(p *PrinterProfile) { p.Model = "TM-T88V" }),
		vary(full, "epson-tm-t88iii", 512, func(p *PrinterProfile) { p.Model, p.ProcessID = "TM-T88III", false }),
		vary(full, "epson-tm-t70ii-58", 416, func(p *PrinterProfile) { p.Model = "TM-T70II" }),
		vary(clone, "rongta-80", 576, func(p *PrinterProfile) {
			p.Maker, p.Model, p.ProcessID, p.AutoStatus, p.Glyphs = "RONGTA", "RP326", true, true, true
		}),
		vary(clone, "clone-80-glyphs", 576, func(p *PrinterProfile) { p.Glyphs = true }),
		vary(clone, "clone-80-42", 546, nil),
		vary(clone, "wide-640", 640, func(p *PrinterProfile) { p.AutoStatus, p.Pairs, p.Glyphs = true, false, true }),
		vary(full, "seiko-rp-f10", 432, func(p *PrinterProfile) { p.Maker, p.Model, p.ProcessID = "SII", "RP-F10", false }),
		vary(full, "busy-offline", 576, func(p *PrinterProfile) { p.Model, p.Busy = "TM-T90", true }),
		vary(full, "tear-bar", 576, func(p *PrinterProfile) { p.Model, p.Cutter = "TM-P80", false }),
	}
}
