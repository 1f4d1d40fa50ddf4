//go:build webview && linux && cgo

// The C half of the window: a GtkWindow and a locked-down WebKitWebView. It
// decides nothing: every question goes to keeper.go through the callbacks of
// show.go.

#include "window.h"

#include <gtk/gtk.h>
#include <signal.h>
#include <webkit2/webkit2.h>

#include "_cgo_export.h"

enum { TICK_MS = 200, REPAIR_MS = 50, REPAIR_TIMES = 100 };

struct kiosk_window {
  uintptr_t handle;
  GtkWidget *window;
  WebKitWebView *view;
  gboolean fullscreen;
  gboolean ended; // the main loop was told to stop
  guint tick, repair;
  int repairs;
};

// JavaScriptCore installs signal handlers without SA_ONSTACK. Go needs the flag
// to turn its own faults into panics instead of aborting. SIGUSR1 is left
// alone: the garbage collector of JavaScriptCore stops threads with it.
static void repair_signals(void) {
  static const int signals[] = {SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
                                SIGTRAP, SIGABRT, SIGXCPU};
  for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
    struct sigaction sa;
    if (sigaction(signals[i], NULL, &sa) != 0 || sa.sa_handler == SIG_DFL ||
        sa.sa_handler == SIG_IGN || (sa.sa_flags & SA_ONSTACK))
      continue;
    sa.sa_flags |= SA_ONSTACK;
    sigaction(signals[i], &sa, NULL);
  }
}

static gboolean on_repair(gpointer data) {
  kiosk_window *w = data;
  repair_signals();
  if (++w->repairs < REPAIR_TIMES) return G_SOURCE_CONTINUE;
  w->repair = 0;
  return G_SOURCE_REMOVE;
}

static gboolean on_tick(gpointer data) {
  goTick(((kiosk_window *)data)->handle);
  return G_SOURCE_CONTINUE;
}

// --- the window ---------------------------------------------------------

static gboolean on_delete(GtkWidget *widget, GdkEvent *event, gpointer data) {
  kiosk_window *w = data;
  if (!w->fullscreen) kiosk_window_quit(w);
  return TRUE; // never destroyed from outside
}

// Keys that reach past the page are dropped: function keys, everything with
// Alt or Super, and Ctrl except for the clipboard and undo.
static gboolean on_key(GtkWidget *widget, GdkEventKey *event, gpointer data) {
  if (event->keyval >= GDK_KEY_F1 && event->keyval <= GDK_KEY_F35) return TRUE;
  if (event->state & (GDK_MOD1_MASK | GDK_SUPER_MASK | GDK_META_MASK | GDK_HYPER_MASK))
    return TRUE;
  if (!(event->state & GDK_CONTROL_MASK)) return FALSE;
  switch (gdk_keyval_to_lower(event->keyval)) {
  case GDK_KEY_a: case GDK_KEY_c: case GDK_KEY_v: case GDK_KEY_x: case GDK_KEY_z:
    return (event->state & GDK_SHIFT_MASK) != 0;
  }
  return TRUE;
}

int kiosk_window_init(void) { return gtk_init_check(NULL, NULL); }

static void size_window(GtkWindow *win, gboolean fullscreen) {
  gtk_window_set_default_size(win, 1280, 800);
  if (!fullscreen) return;
  // With the monitor's own size no window manager is needed.
  GdkDisplay *display = gdk_display_get_default();
  GdkMonitor *monitor = gdk_display_get_primary_monitor(display);
  if (!monitor) monitor = gdk_display_get_monitor(display, 0);
  if (monitor) {
    GdkRectangle area;
    gdk_monitor_get_geometry(monitor, &area);
    gtk_window_set_default_size(win, area.width, area.height);
  }
  gtk_window_set_decorated(win, FALSE);
  gtk_window_fullscreen(win);
}

kiosk_window *kiosk_window_new(uintptr_t handle, int fullscreen, int sandbox) {
  kiosk_window *w = g_new0(kiosk_window, 1);
  w->handle = handle;
  w->fullscreen = fullscreen != 0;

  // The context must be set up before the first view exists.
  WebKitWebContext *context = webkit_web_context_get_default();
  webkit_web_context_set_sandbox_enabled(context, sandbox != 0);
  webkit_web_context_set_cache_model(context, WEBKIT_CACHE_MODEL_DOCUMENT_VIEWER);
  webkit_web_context_set_spell_checking_enabled(context, FALSE);

  w->window = gtk_window_new(GTK_WINDOW_TOPLEVEL);
  gtk_window_set_title(GTK_WINDOW(w->window), "Kiosk");
  size_window(GTK_WINDOW(w->window), w->fullscreen);
  g_signal_connect(w->window, "delete-event", G_CALLBACK(on_delete), w);
  g_signal_connect(w->window, "key-press-event", G_CALLBACK(on_key), w);
  return w;
}

void *kiosk_window_native(kiosk_window *w) { return w->window; }

// --- what the view asks -------------------------------------------------

static gboolean on_policy(WebKitWebView *view, WebKitPolicyDecision *decision,
                          WebKitPolicyDecisionType type, gpointer data) {
  kiosk_window *w = data;
  if (type == WEBKIT_POLICY_DECISION_TYPE_RESPONSE) {
    WebKitResponsePolicyDecision *r = WEBKIT_RESPONSE_POLICY_DECISION(decision);
    if (webkit_response_policy_decision_is_mime_type_supported(r)) return FALSE;
    webkit_policy_decision_ignore(decision); // would be a download
    return TRUE;
  }
  if (type == WEBKIT_POLICY_DECISION_TYPE_NAVIGATION_ACTION) {
    WebKitNavigationAction *action = webkit_navigation_policy_decision_get_navigation_action(
        WEBKIT_NAVIGATION_POLICY_DECISION(decision));
    const char *uri = webkit_uri_request_get_uri(webkit_navigation_action_get_request(action));
    if (goDecide(w->handle, (char *)uri)) {
      webkit_policy_decision_use(decision);
      return TRUE;
    }
  }
  webkit_policy_decision_ignore(decision); // new windows as well
  return TRUE;
}

static GtkWidget *on_create(WebKitWebView *view, WebKitNavigationAction *action, gpointer data) {
  return NULL;
}

static gboolean on_permission(WebKitWebView *view, WebKitPermissionRequest *request, gpointer data) {
  webkit_permission_request_deny(request);
  return TRUE;
}

static gboolean on_authenticate(WebKitWebView *view, WebKitAuthenticationRequest *request, gpointer data) {
  webkit_authentication_request_cancel(request);
  return TRUE;
}

static gboolean on_file_chooser(WebKitWebView *view, WebKitFileChooserRequest *request, gpointer data) {
  webkit_file_chooser_request_cancel(request);
  return TRUE;
}

static gboolean on_color_chooser(WebKitWebView *view, WebKitColorChooserRequest *request, gpointer data) {
  webkit_color_chooser_request_cancel(request);
  return TRUE;
}

// For signals where "handled" is the whole answer: context menu, dialogs,
// printing, notifications, page full screen.
static gboolean on_refused(void) { return TRUE; }

static void on_download(WebKitWebContext *context, WebKitDownload *download, gpointer data) {
  webkit_download_cancel(download);
}

static void on_zoom(GObject *object, GParamSpec *spec, gpointer data) {
  WebKitWebView *view = WEBKIT_WEB_VIEW(object);
  if (webkit_web_view_get_zoom_level(view) != 1.0) webkit_web_view_set_zoom_level(view, 1.0);
}

static void on_load_changed(WebKitWebView *view, WebKitLoadEvent event, gpointer data) {
  kiosk_window *w = data;
  repair_signals();
  char *uri = (char *)webkit_web_view_get_uri(view);
  if (event == WEBKIT_LOAD_COMMITTED) goCommitted(w->handle, uri);
  if (event == WEBKIT_LOAD_FINISHED) goFinished(w->handle, uri);
}

static gboolean on_load_failed(WebKitWebView *view, WebKitLoadEvent event, char *uri,
                               GError *error, gpointer data) {
  kiosk_window *w = data;
  // A load we refused, replaced or turned down as a download is no trouble:
  // the page before it still stands.
  if (g_error_matches(error, WEBKIT_NETWORK_ERROR, WEBKIT_NETWORK_ERROR_CANCELLED) ||
      error->domain == WEBKIT_POLICY_ERROR)
    return TRUE;
  goFailed(w->handle);
  return TRUE; // not WebKit's own error page
}

static void on_resource(WebKitWebView *view, WebKitWebResource *resource,
                        WebKitURIRequest *request, gpointer data) {
  goRequested(((kiosk_window *)data)->handle, (char *)webkit_uri_request_get_uri(request));
}

static void on_process_gone(WebKitWebView *view, WebKitWebProcessTerminationReason reason, gpointer data) {
  if (reason != WEBKIT_WEB_PROCESS_TERMINATED_BY_API) goCrashed(((kiosk_window *)data)->handle);
}

// --- locking down -------------------------------------------------------

static void lock_settings(WebKitWebView *view) {
  // By name, because some of these are gone or deprecated in later versions.
  static const char *const off[] = {
      "enable-developer-extras", "javascript-can-access-clipboard",
      "javascript-can-open-windows-automatically", "allow-modal-dialogs",
      "enable-webgl", "enable-webrtc", "enable-media-stream", "enable-media",
      "enable-page-cache", "enable-html5-database", "enable-fullscreen",
      "enable-back-forward-navigation-gestures", "enable-hyperlink-auditing",
      "enable-dns-prefetching", "enable-offline-web-application-cache",
      "allow-file-access-from-file-urls", "allow-universal-access-from-file-urls",
      "allow-top-navigation-to-data-urls", "enable-write-console-messages-to-stdout",
  };
  GObject *settings = G_OBJECT(webkit_web_view_get_settings(view));
  GObjectClass *class = G_OBJECT_GET_CLASS(settings);
  for (size_t i = 0; i < G_N_ELEMENTS(off); i++) {
    GParamSpec *spec = g_object_class_find_property(class, off[i]);
    if (spec && !(spec->flags & G_PARAM_DEPRECATED)) g_object_set(settings, off[i], FALSE, NULL);
  }
}

// WebKitGTK's pinch zoom cannot be switched off by the page nor by a setting;
// its gesture objects hang on the view under private names.
static void lock_gestures(kiosk_window *w) {
  static const char *const names[] = {"wk-view-zoom-gesture", "wk-view-long-press-gesture",
                                      "wk-view-swipe-gesture"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    gpointer gesture = g_object_get_data(G_OBJECT(w->view), names[i]);
    if (GTK_IS_EVENT_CONTROLLER(gesture))
      gtk_event_controller_set_propagation_phase(gesture, GTK_PHASE_NONE);
    else
      goMissing(w->handle, (char *)names[i]);
  }
}

static void connect_view(kiosk_window *w) {
  struct { const char *name; GCallback call; } signals[] = {
      {"decide-policy", G_CALLBACK(on_policy)},
      {"create", G_CALLBACK(on_create)},
      {"permission-request", G_CALLBACK(on_permission)},
      {"authenticate", G_CALLBACK(on_authenticate)},
      {"run-file-chooser", G_CALLBACK(on_file_chooser)},
      {"run-color-chooser", G_CALLBACK(on_color_chooser)},
      {"context-menu", G_CALLBACK(on_refused)},
      {"script-dialog", G_CALLBACK(on_refused)},
      {"print", G_CALLBACK(on_refused)},
      {"show-notification", G_CALLBACK(on_refused)},
      {"enter-fullscreen", G_CALLBACK(on_refused)},
      {"notify::zoom-level", G_CALLBACK(on_zoom)},
      {"load-changed", G_CALLBACK(on_load_changed)},
      {"load-failed", G_CALLBACK(on_load_failed)},
      {"resource-load-started", G_CALLBACK(on_resource)},
      {"web-process-terminated", G_CALLBACK(on_process_gone)},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
    g_signal_connect(w->view, signals[i].name, signals[i].call, w);
  g_signal_connect(webkit_web_view_get_context(w->view), "download-started", G_CALLBACK(on_download), w);
}

int kiosk_window_adopt(kiosk_window *w) {
  GtkWidget *child = gtk_bin_get_child(GTK_BIN(w->window));
  if (!WEBKIT_IS_WEB_VIEW(child)) return 0;
  w->view = WEBKIT_WEB_VIEW(child);

  // A page that posts to this handler would make JavaScriptCore take over
  // SIGSEGV in this process; nothing here listens to it.
  WebKitUserContentManager *content = webkit_web_view_get_user_content_manager(w->view);
  webkit_user_content_manager_unregister_script_message_handler(content, "external");
  webkit_user_content_manager_remove_all_scripts(content);

  // The only server is on this machine: no proxy may come between.
  webkit_website_data_manager_set_network_proxy_settings(
      webkit_web_view_get_website_data_manager(w->view), WEBKIT_NETWORK_PROXY_MODE_NO_PROXY, NULL);

  lock_settings(w->view);
  lock_gestures(w);
  connect_view(w);
  w->tick = g_timeout_add(TICK_MS, on_tick, w);
  w->repair = g_timeout_add(REPAIR_MS, on_repair, w);
  gtk_widget_show_all(w->window);
  gtk_widget_grab_focus(GTK_WIDGET(w->view));
  return 1;
}

// --- what the keeper orders ---------------------------------------------

void kiosk_window_load(kiosk_window *w, const char *uri) { webkit_web_view_load_uri(w->view, uri); }

void kiosk_window_notice(kiosk_window *w, const char *html) {
  webkit_web_view_load_html(w->view, html, NULL);
}

void kiosk_window_kill(kiosk_window *w) { webkit_web_view_terminate_web_process(w->view); }

static void on_cleared(GObject *manager, GAsyncResult *result, gpointer data) {
  kiosk_window *w = data;
  gboolean ok = webkit_website_data_manager_clear_finish(WEBKIT_WEBSITE_DATA_MANAGER(manager), result, NULL);
  if (!w->ended) goCleared(w->handle, ok);
}

void kiosk_window_clear(kiosk_window *w) {
  webkit_website_data_manager_clear(webkit_web_view_get_website_data_manager(w->view),
                                    WEBKIT_WEBSITE_DATA_ALL, 0, NULL, on_cleared, w);
}

void kiosk_window_quit(kiosk_window *w) {
  if (w->ended) return;
  w->ended = TRUE;
  gtk_main_quit();
}

void kiosk_window_free(kiosk_window *w) {
  if (w->tick) g_source_remove(w->tick);
  if (w->repair) g_source_remove(w->repair);
  gtk_widget_destroy(w->window);
  while (gtk_events_pending()) gtk_main_iteration();
  g_free(w);
}
