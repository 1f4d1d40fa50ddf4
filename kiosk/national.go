package kiosk

import "strings"

// NationalStatus is the status another system of the state gives a dossier, as
// it came. The codes 1 to 10 mean the same to the national portal's interface
// and to the one-stop systems seen so far (OpenCPS, iGate). Another code is
// kept as it is: it is somebody's word, and dropping it would lose it.
type NationalStatus string

// The codes all systems share.
const (
	NationalRegistered          NationalStatus = "1"  // mới đăng ký
	NationalAccepted            NationalStatus = "2"  // được tiếp nhận
	NationalRefused             NationalStatus = "3"  // không được tiếp nhận
	NationalProcessing          NationalStatus = "4"  // đang xử lý
	NationalSupplementRequired  NationalStatus = "5"  // yêu cầu bổ sung giấy tờ
	NationalPaymentRequired     NationalStatus = "6"  // yêu cầu thực hiện nghĩa vụ tài chính
	NationalWithdrawalRequested NationalStatus = "7"  // công dân yêu cầu rút hồ sơ
	NationalStopped             NationalStatus = "8"  // dừng xử lý
	NationalResolved            NationalStatus = "9"  // đã xử lý xong
	NationalReturned            NationalStatus = "10" // đã trả kết quả
)

var nationalNames = map[NationalStatus]string{
	NationalRegistered: "registered", NationalAccepted: "accepted", NationalRefused: "refused", NationalProcessing: "processing",
	NationalSupplementRequired: "supplement_required", NationalPaymentRequired: "payment_required", NationalWithdrawalRequested: "withdrawal_requested",
	NationalStopped: "stopped", NationalResolved: "resolved", NationalReturned: "returned",
}

// ParseNationalStatus reads a status as a system writes it. Only blanks around
// it and zeros before one of the shared codes go; nothing at all, and more than
// 64 bytes, is Invalid with code status.malformed.
func ParseNationalStatus(s string) (NationalStatus, error) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 64 {
		return "", Fail(Invalid, "status.malformed", nil)
	}
	if shared := NationalStatus(strings.TrimLeft(s, "0")); shared.Name() != "" {
		return shared, nil
	}
	return NationalStatus(s), nil
}

// Name is our identifier of a shared code, such as "supplement_required"; empty
// for any other.
func (s NationalStatus) Name() string { return nationalNames[s] }
