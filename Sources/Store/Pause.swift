/// Blocks the calling thread: for back-off between attempts, never to wait for another thread.
package func pause(millis: Int) {
  if millis > 0 { Platform.sleep(millis: millis) }
}
