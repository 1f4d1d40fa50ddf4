package staff

import (
	"bytes"

	"github.com/gofiber/fiber/v2"
)

// declarationPDF sends the declaration as it has been kept so far, for the
// clerk to print. Only the local code names the file.
func (s *seat) declarationPDF(c *fiber.Ctx) error {
	w, ok, err := s.editing(c)
	if !ok {
		return err
	}
	var pdf bytes.Buffer
	if err := s.PrintDeclaration(&pdf, w); err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set(fiber.HeaderContentType, "application/pdf")
	c.Set(fiber.HeaderContentDisposition, `inline; filename="`+string(w.LocalCode)+`.pdf"`)
	return c.Send(pdf.Bytes())
}
