using Mizzen.Cluster.ApiServer.Authorization;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Resources.Meta;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer;

/// <summary>The refusals of a Kubernetes API server, in its own words (apimachinery, <c>api/errors</c>): tools read them.</summary>
internal static class Errors
{
    public static StatusException NotFound(ServedKind kind, string name) => NotFound(kind.Group, kind.Plural, name);

    public static StatusException NotFound(string group, string plural, string name) =>
        Refusal(404, "NotFound", $"{Qualified(plural, group)} \"{name}\" not found", Details(group, plural, name));

    /// <summary>The path leads to no resource: kubectl tells it apart from a missing object by the absent name.</summary>
    public static StatusException NoSuchResource() =>
        Refusal(404, "NotFound", "the server could not find the requested resource", new StatusDetails());

    public static StatusException AlreadyExists(ServedKind kind, string name) =>
        Refusal(409, "AlreadyExists", $"{Qualified(kind.Plural, kind.Group)} \"{name}\" already exists", Details(kind.Group, kind.Plural, name));

    public static StatusException Modified(ServedKind kind, string name) =>
        Conflict(kind, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static StatusException Conflict(ServedKind kind, string name, string why) =>
        Refusal(
            409, "Conflict", $"Operation cannot be fulfilled on {Qualified(kind.Plural, kind.Group)} \"{name}\": {why}", Details(kind.Group, kind.Plural, name));

    public static StatusException Invalid(ServedKind kind, string name, IReadOnlyList<FieldError> errors) =>
        Invalid(kind.Kind, kind.Group, name, errors);

    public static StatusException Invalid(string kind, string group, string name, IReadOnlyList<FieldError> errors)
    {
        var text = errors.Count == 1 ? errors[0].ToString() : $"[{string.Join(", ", errors)}]";
        var causes = errors.Select(error => new StatusCause { Reason = "FieldValue" + error.Kind, Message = error.Message, Field = error.Path });
        return Refusal(
            422, "Invalid", $"{Qualified(kind, group)} \"{name}\" is invalid: {text}", Details(group, kind, name) with { Causes = [.. causes] });
    }

    public static StatusException BadRequest(string message) => Refusal(400, "BadRequest", message, null);

    public static StatusException Unauthorized() => Refusal(401, "Unauthorized", "Unauthorized", null);

    public static StatusException Forbidden(ServedKind kind, string name, string why, params StatusCause[] causes) =>
        Refusal(
            403,
            "Forbidden",
            $"{Qualified(kind.Plural, kind.Group)} \"{name}\" is forbidden: {why}",
            Details(kind.Group, kind.Plural, name) with { Causes = causes.Length == 0 ? null : causes });

    /// <summary>What a user may not do, with the authorizer's reason where it has one.</summary>
    public static StatusException Forbidden(AccessAttributes wanted, string reason)
    {
        var why = reason.Length == 0 ? "" : ": " + reason;
        if (wanted.Path is not null)
        {
            return Refusal(403, "Forbidden", $"forbidden: User \"{wanted.User.Username}\" cannot {wanted.Verb} path \"{wanted.Path}\"{why}", new StatusDetails());
        }

        var name = wanted.Name.Length == 0 ? "" : $" \"{wanted.Name}\"";
        var scope = wanted.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{wanted.Namespace}\"";
        return Refusal(
            403,
            "Forbidden",
            $"{Qualified(wanted.Resource, wanted.Group)}{name} is forbidden: User \"{wanted.User.Username}\" cannot {wanted.Verb} "
            + $"resource \"{wanted.QualifiedResource}\" in API group \"{wanted.Group}\" {scope}{why}",
            Details(wanted.Group, wanted.Resource, wanted.Name));
    }

    public static StatusException MethodNotAllowed() =>
        Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", new StatusDetails());

    public static StatusException NotAcceptable(string accepted) =>
        Refusal(406, "NotAcceptable", $"only the following media types are accepted: {accepted}", null);

    public static StatusException UnsupportedMediaType(string accepted) =>
        Refusal(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: {accepted}", null);

    public static StatusException TooLarge(long limit) =>
        Refusal(413, "RequestEntityTooLarge", $"Request entity too large: limit is {limit}", null);

    public static StatusException Expired(string message) => Refusal(410, "Expired", message, null);

    public static StatusException Internal(string message) =>
        Refusal(500, "InternalError", "Internal error occurred: " + message, new StatusDetails { Causes = [new StatusCause { Message = message }] });

    public static StatusException Refusal(int code, string reason, string message, StatusDetails? details) => new(new Status
    {
        Outcome = "Failure",
        Message = message,
        Reason = reason,
        Details = details,
        Code = code,
    });

    private static StatusDetails Details(string group, string kind, string name) =>
        new() { Name = name.Length == 0 ? null : name, Group = group.Length == 0 ? null : group, Kind = kind };

    private static string Qualified(string name, string group) => group.Length == 0 ? name : $"{name}.{group}";
}
