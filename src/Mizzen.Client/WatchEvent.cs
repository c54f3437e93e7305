namespace Mizzen.Client;

/// <summary>What happened to an object of a watched collection.</summary>
/// <param name="Type">How it changed.</param>
/// <param name="Object">The object as it is now; as it last was, when it is gone; metadata only for bookmarks.</param>
/// <param name="ResourceVersion">The version from which a watch goes on.</param>
public readonly record struct WatchEvent<T>(WatchEventType Type, T Object, string ResourceVersion);

/// <summary>The kinds of watch events.</summary>
public enum WatchEventType
{
    /// <summary>The object is new, or newly selected.</summary>
    Added,

    /// <summary>The object changed.</summary>
    Modified,

    /// <summary>The object is gone, or no longer selected.</summary>
    Deleted,

    /// <summary>Nothing changed up to this version.</summary>
    Bookmark,
}
