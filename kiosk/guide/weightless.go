package guide

// weightless are words that say nothing about which procedure is meant: how
// people ask, who they are, when it was. Everyday Vietnamese, no rule.
const weightless = `
tôi mình em anh chị cháu bác cô chú ông bà con bố mẹ cha má ba bạn họ nó ta chúng người ai nhà cậu dì cụ
vợ chồng gia đình trai gái hai ba mấy nhiều vài các những một
muốn cần xin hỏi nhờ giúp hộ cho làm lấy được bị phải nên thì là mà ở tại đâu ra sao thế nào như gì nào
và với của để về từ đến tới lên vào trong ngoài trên dưới khi lúc nếu vì do bởi theo cùng hay hoặc nhưng cũng
có không chưa đã đang sẽ rồi xong vừa mới giờ nay hôm qua mai trước sau năm tháng ngày tuần bây
ạ à ơi nhé nhỉ đi vậy đó này kia ấy đây thôi nữa lắm quá rất hết bao lâu tiền phí lệ
giấy tờ thủ tục hồ sơ bước quy trình mẫu đơn tờ khai nộp mang theo chuẩn bị gồm việc cách
ad admin shop please ok oke vâng dạ thưa chào alo ngộ
k ko kg hok hong dc đc j r ntn vs ntnao bn bnh nhiu bik z v m e a c
biết xem thấy nghe bảo nói kêu gọi tìm sử dụng dùng phường xã huyện quận thành phố hà nội việt nam
tui tụi bọn mần chi mô răng rứa đặng hông hổng nầy dzậy
`

// light are words that name a subject in company, and little alone.
const light = `
con vợ chồng bố mẹ cha ông bà người nhà hộ đăng ký giấy xin làm cho bản nước ngoài quyền sử dụng theo hai chưa có
để lên về từ cấp trên lại
`

// asking are turns of speech that say nothing in whole, though their words may
// in other company: «mất bao lâu» is no lost paper.
const asking = `
mất bao lâu|mất bao nhiêu|mất mấy|bao nhiêu tiền|hết bao nhiêu|có mất phí|mất phí|mất tiền|tốn bao nhiêu
cần giấy tờ gì|cần những gì|cần gì|giấy tờ gì|những giấy tờ|cần chuẩn bị|chuẩn bị những gì|cần mang|mang theo
ở đâu|làm ở đâu|đến đâu|ra đâu|nộp ở đâu|chỗ nào|nơi nào|ở chỗ nào|khi nào|bao giờ
làm thế nào|như thế nào|thế nào|ra sao|làm sao|làm như nào|phải làm gì|có được không|được không|có phải
thủ tục|hồ sơ|quy trình|các bước|hướng dẫn|cho hỏi|xin hỏi|em hỏi|tư vấn|giúp em|giúp tôi|nhờ giúp
tôi muốn|em muốn|mình muốn|tôi cần|em cần|nhà tôi|nhà em|nhà mình|gia đình tôi|bạn ơi|ad ơi|cán bộ|anh chị
mấy ngày|bao nhiêu ngày|mất mấy ngày|mấy tháng|năm nay|năm ngoái|hôm nay|bây giờ|lâu rồi|từ lâu
việt nam|hà nội|thành phố|một cửa|ủy ban|ủy ban nhân dân|ubnd|trên mạng|trực tuyến|online|qua mạng|qua vneid
`
