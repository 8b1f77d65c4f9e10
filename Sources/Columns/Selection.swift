public import Base

/// Which rows of a batch: strictly increasing row indices. `all` avoids writing them out.
public enum Selection: Sendable {
  case all(count: Int)
  case rows(Buffer<UInt32>)

  public var count: Int {
    switch self {
    case .all(let count): count
    case .rows(let rows): rows.count
    }
  }
  public var isEmpty: Bool { count == 0 }
}
