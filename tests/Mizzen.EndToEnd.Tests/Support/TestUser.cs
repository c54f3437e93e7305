namespace Mizzen.EndToEnd.Tests.Support;

/// <summary>Who starts a cluster: whoever runs the tests, and an ordinary user with user namespaces.</summary>
internal static class TestUser
{
    public const string This = "this user";
    public const string Nobody = "nobody";

    /// <summary>Those whom the tests can be.</summary>
    public static IReadOnlyList<string> All => Environment.IsPrivilegedProcess ? [This, Nobody] : [This];

    /// <summary>The words before a command that make it that user's.</summary>
    public static IReadOnlyList<string> Command(string user) =>
        user == Nobody && Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
}
