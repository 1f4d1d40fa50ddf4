// What show.go may ask of the C half of the window. Everything but
// kiosk_window_init must be called on the thread that called it.
#ifndef KIOSK_WINDOW_H
#define KIOSK_WINDOW_H

#include <stdint.h>

typedef struct kiosk_window kiosk_window;

// kiosk_window_init starts GTK; 0 if there is no display.
int kiosk_window_init(void);

// kiosk_window_new makes the GtkWindow, still hidden and empty. The handle is
// passed to every callback in Go.
kiosk_window *kiosk_window_new(uintptr_t handle, int fullscreen, int sandbox);

// kiosk_window_native gives the GtkWindow for webview_go to fill.
void *kiosk_window_native(kiosk_window *w);

// kiosk_window_adopt takes the view webview_go has put into the window, locks
// it down and shows it. 0 if there is no view.
int kiosk_window_adopt(kiosk_window *w);

void kiosk_window_load(kiosk_window *w, const char *uri);
void kiosk_window_notice(kiosk_window *w, const char *html);
void kiosk_window_kill(kiosk_window *w);
void kiosk_window_clear(kiosk_window *w);
void kiosk_window_quit(kiosk_window *w);

// kiosk_window_free destroys the window after the view has gone.
void kiosk_window_free(kiosk_window *w);

#endif
