package uplink

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"servicepoint/kiosk"
)

// parseAnswer reads the centre's word on an announcement.
func parseAnswer(b []byte) (kiosk.Answer, []byte, error) {
	var v struct {
		Answer  kiosk.Answer    `json:"answer"`
		Receipt json.RawMessage `json:"receipt"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return "", nil, errors.New("the answer is not the JSON it should be")
	}
	switch {
	case v.Answer == kiosk.WantUpload:
		return v.Answer, nil, nil
	case v.Answer == kiosk.Exists && len(v.Receipt) > 0 && string(v.Receipt) != "null":
		return v.Answer, v.Receipt, nil
	}
	return "", nil, fmt.Errorf("the answer is neither upload nor exists with a receipt")
}

var codePattern = regexp.MustCompile(`^[a-z0-9_.]{1,64}$`)

// parseCode reads the code of an error answer, "" if there is none.
func parseCode(b []byte) kiosk.Code {
	var v struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(b, &v) != nil || !codePattern.MatchString(v.Code) {
		return ""
	}
	return kiosk.Code(v.Code)
}

// parcelLevel is one parcel in a status question or answer.
type parcelLevel struct {
	Dossier  kiosk.DossierID `json:"dossier"`
	Revision int             `json:"rev"`
	Level    string          `json:"level,omitempty"`
}

type statusList struct {
	Parcels []parcelLevel `json:"parcels"`
}

// parseLevels reads a status answer. Parcels nobody asked about are left out.
func parseLevels(b []byte, asked []kiosk.ParcelKey) (map[kiosk.ParcelKey]kiosk.Level, error) {
	var v statusList
	if err := json.Unmarshal(b, &v); err != nil || v.Parcels == nil {
		return nil, errors.New("the status is not the JSON it should be")
	}
	wanted := make(map[kiosk.ParcelKey]bool, len(asked))
	for _, k := range asked {
		wanted[k] = true
	}
	levels := make(map[kiosk.ParcelKey]kiosk.Level, len(v.Parcels))
	for _, p := range v.Parcels {
		k := kiosk.ParcelKey{Dossier: p.Dossier, Revision: p.Revision}
		if !wanted[k] {
			continue
		}
		switch l := kiosk.Level(p.Level); l {
		case kiosk.LevelStored, kiosk.LevelAccepted, kiosk.LevelReturned:
			levels[k] = l
		case "announced":
			levels[k] = ""
		default:
			return nil, fmt.Errorf("the status has an unknown level")
		}
	}
	return levels, nil
}

// parseOffset reads a number of bytes: decimal digits and nothing else.
func parseOffset(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0, errors.New("a number of bytes is missing or malformed")
	}
	return int64(n), nil
}
