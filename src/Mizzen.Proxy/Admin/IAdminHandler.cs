namespace Mizzen.Proxy.Admin;

/// <summary>Answers requests about the proxy itself. Called on a loop, so it must not block.</summary>
internal interface IAdminHandler
{
    /// <param name="method">The request's method, as sent.</param>
    /// <param name="target">The request's path and query, as sent.</param>
    AdminResponse Answer(string method, string target);
}

/// <summary>An answer as a whole.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="ContentType">Media type of the body.</param>
/// <param name="Body">The body.</param>
internal readonly record struct AdminResponse(int Status, string ContentType, byte[] Body);
