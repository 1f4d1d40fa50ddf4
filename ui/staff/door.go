package staff

import (
	"github.com/gofiber/fiber/v2"

	"servicepoint/kiosk"
	"servicepoint/ui/kit"
)

func (s *seat) signInForm(c *fiber.Ctx) (*kit.Form, error) {
	all, err := s.Door.Staff(s.kit.Ctx(c))
	return signInForm(all), err
}

func signInForm(all []kiosk.Staff) *kit.Form {
	names := kit.Field{ID: "staff", Kind: kit.ChoiceField, Label: kit.Say("staff.sign_in.name")}
	for _, p := range all {
		names.Choices = append(names.Choices, kit.Choice{ID: string(p.ID), Label: kit.Words(p.Name), Hint: kit.Say(kiosk.Code("staff.role." + p.Role))})
	}
	if len(all) == 1 {
		names.Value = string(all[0].ID)
	}
	return &kit.Form{Action: "/staff/sign-in", Submit: kit.Say("staff.sign_in.submit"), Icon: "key-round", Fields: []kit.Field{
		names,
		{ID: "pin", Kind: kit.PINField, Label: kit.Say("staff.sign_in.pin"), Hint: kit.Say("staff.sign_in.pin_hint"), MaxRunes: 12},
	}}
}

func (s *seat) signInPage(c *fiber.Ctx) error {
	form, err := s.signInForm(c)
	if err != nil {
		return err
	}
	return s.showSignIn(c, form, 0)
}

func (s *seat) showSignIn(c *fiber.Ctx, form *kit.Form, status int) error {
	return s.show(c, "sign-in", signInPage(s.kit.Seat, form, status))
}

func signInPage(at kit.Seat, form *kit.Form, status int) kit.Page {
	page := kit.Page{Title: kit.Say("staff.sign_in.title"), Form: form, Status: status, Data: pinKeys}
	if at == kit.Window {
		page.Back = "/"
	}
	return page
}

// pinKeys are the digits of the touch screen's pad, as on a telephone.
var pinKeys = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 0}

// signIn lets a person in by PIN and leads them to their own first page.
func (s *seat) signIn(c *fiber.Ctx) error {
	form, err := s.signInForm(c)
	if err != nil {
		return err
	}
	form.Fill(c)
	id := kiosk.StaffID(form.Value("staff"))
	if id == "" {
		form.Fields[0].Error = "staff.sign_in.no_name"
		return s.showSignIn(c, form, fiber.StatusUnprocessableEntity)
	}
	staff, err := s.Door.SignIn(s.kit.Ctx(c), id, c.FormValue("pin"))
	switch code := kiosk.CodeOf(err); {
	case code == "staff.wrong_pin" || code == "staff.locked":
		form.Fields[1].Error, form.Fields[1].Hint = code, kit.Say(code+".do")
		return s.showSignIn(c, form, fiber.StatusForbidden)
	case err != nil:
		return err
	}
	s.kit.SignIn(c, staff)
	if staff.Role == kiosk.RoleTechnician {
		return s.kit.See(c, "/technician")
	}
	return s.kit.See(c, "/staff")
}
