namespace Mizzen.Cluster.Patching;

/// <summary>A patch that cannot be carried out.</summary>
/// <param name="code">The HTTP status that Kubernetes answers: 400 for a patch that is none, 422 for one that does not fit the object.</param>
/// <param name="message">What is wrong, as Kubernetes words it.</param>
public sealed class PatchException(int code, string message) : Exception(message)
{
    /// <summary>400 (BadRequest) or 422 (Invalid).</summary>
    public int Code { get; } = code;

    internal static PatchException Malformed(string message) => new(400, message);

    internal static PatchException DoesNotFit(string message) => new(422, message);
}
