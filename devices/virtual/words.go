package virtual

// Word is one entry of the fault vocabulary that the demonstration's buttons,
// the emulate command's scripts and the tests share.
type Word struct {
	Word   string
	Device string // the far end that understands it: "printer" or "scanner"
	Undo   string // the word that ends the trouble; empty if this word ends one
}

// Words lists the whole vocabulary.
func Words() []Word { return append(PrinterWords(), ScannerWords()...) }
