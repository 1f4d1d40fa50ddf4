package ui

import (
	"time"

	"servicepoint/ui/kit"
)

// idlePage asks whether somebody is still there, and goes on to the end.
func idlePage(warning time.Duration) kit.Page {
	return kit.Page{Title: kit.Say("common.still.title"), Lead: kit.Say("common.still.say"), Then: "/end", ThenIn: warning}
}

// endPage says goodbye and goes on to the seat's first page.
func endPage(home string) kit.Page {
	return kit.Page{Title: kit.Say("common.ended.title"), Lead: kit.Say("common.ended.say"), OwnHeading: true, Then: home, ThenIn: 2 * time.Second}
}

// errorPage says what is the matter and what to do.
func errorPage(n kit.Notice) kit.Page {
	return kit.Page{Title: kit.Words(n.Title), Lead: kit.Words(n.Do), Data: n, OwnHeading: true, Status: n.Status}
}
