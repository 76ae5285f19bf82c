//! The system's own dialog for a file, which answers some frames later.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Wake, Waker};

use eframe::egui;

/// Where a native file dialog's answer comes from, once it comes.
pub(super) type PickedPath = Pin<Box<dyn Future<Output = Option<PathBuf>>>>;

/// Asks `picker` whether somebody has chosen; it wakes the window when so. `Some(None)`: the dialog was closed, or
/// there is none.
pub(super) fn hear(picker: &mut Option<PickedPath>, ctx: &egui::Context) -> Option<Option<PathBuf>> {
    let waker = Waker::from(Arc::new(Repaint(ctx.clone())));
    let answer = picker.as_mut()?.as_mut().poll(&mut TaskContext::from_waker(&waker));
    let Poll::Ready(answer) = answer else { return None };
    *picker = None;
    Some(answer)
}

fn dialog() -> rfd::AsyncFileDialog {
    rfd::AsyncFileDialog::new().set_title("Embedding Playground")
}

fn path_of(handle: Option<rfd::FileHandle>) -> Option<PathBuf> {
    handle.map(|handle| handle.path().to_owned())
}

/// The system's dialog for a file to write, which may be called as `path` is.
pub(super) fn save_dialog(path: &Path) -> PickedPath {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let dialog = dialog().set_file_name(name);
    Box::pin(async move { path_of(dialog.save_file().await) })
}

/// The system's dialog for a file to read.
pub(super) fn open_dialog(_path: &Path) -> PickedPath {
    Box::pin(async move { path_of(dialog().pick_file().await) })
}

/// The system's dialog for a folder.
pub(super) fn folder_dialog(_path: &Path) -> PickedPath {
    Box::pin(async move { path_of(dialog().pick_folder().await) })
}

/// Wakes the window when the system's dialog has an answer.
struct Repaint(egui::Context);

impl Wake for Repaint {
    fn wake(self: Arc<Self>) {
        self.0.request_repaint();
    }
}
