/// A location that does not depend on the working directory: an existing local directory's absolute
/// path without links, anything else as it is.
package func absoluteLocation(_ location: String) -> String {
  let isLocal = urlScheme(location) == nil
  return isLocal ? Platform.realPath(location) ?? location : location
}
