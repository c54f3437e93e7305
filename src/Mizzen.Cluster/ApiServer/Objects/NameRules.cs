using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mizzen.Cluster.ApiServer.Kinds;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.ApiServer.Objects;

/// <summary>Rules for names, labels and annotations (apimachinery <c>util/validation</c>), with Kubernetes' messages.</summary>
internal static partial class NameRules
{
    private const string SuffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";
    private const int SuffixLength = 5;
    private const int LongestGeneratedBase = 63 - SuffixLength;
    private const int LargestAnnotations = 256 * 1024;

    private const string SubdomainMessage =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
        + @"(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string LabelMessage =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character "
        + "(e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string ServiceMessage =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character "
        + "(e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    private const string LabelValueMessage =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string KeyMessage =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    /// <summary>A name from a prefix: five characters that spell no words.</summary>
    public static string Generate(string prefix) =>
        prefix[..Math.Min(prefix.Length, LongestGeneratedBase)] + RandomNumberGenerator.GetString(SuffixAlphabet, SuffixLength);

    /// <summary>What is wrong with an object's own metadata.</summary>
    public static void Check(ServedKind kind, JsonObject metadata, List<FieldError> errors)
    {
        var name = metadata.Text("name") ?? "";
        if (name.Length == 0)
        {
            errors.Add(new FieldError("metadata.name", FieldErrorKind.Required, "Required value: name or generateName is required"));
        }
        else if (WrongName(kind, name) is { } message)
        {
            errors.Add(new FieldError("metadata.name", FieldErrorKind.Invalid, $"Invalid value: \"{name}\": {message}"));
        }

        CheckLabels(metadata.Child("labels"), "metadata.labels", errors);
        CheckAnnotations(metadata.Child("annotations"), errors);
    }

    /// <summary>What is wrong with labels.</summary>
    public static void CheckLabels(JsonObject? labels, string path, List<FieldError> errors)
    {
        foreach (var (key, value) in labels ?? [])
        {
            CheckKey(key, path, errors);
            var text = value?.ToString() ?? "";
            if (text.Length > 63)
            {
                errors.Add(new FieldError(path, FieldErrorKind.Invalid, $"Invalid value: \"{text}\": must be no more than 63 bytes"));
            }
            else if (!LabelValue.IsMatch(text))
            {
                errors.Add(new FieldError(path, FieldErrorKind.Invalid, $"Invalid value: \"{text}\": {LabelValueMessage}"));
            }
        }
    }

    private static void CheckAnnotations(JsonObject? annotations, List<FieldError> errors)
    {
        var size = 0;
        foreach (var (key, value) in annotations ?? [])
        {
            CheckKey(key.ToLowerInvariant(), "metadata.annotations", errors);
            size += key.Length + (value?.ToString().Length ?? 0);
        }

        if (size > LargestAnnotations)
        {
            errors.Add(new FieldError("metadata.annotations", FieldErrorKind.Invalid, $"Too long: may not be more than {LargestAnnotations} bytes"));
        }
    }

    private static void CheckKey(string key, string path, List<FieldError> errors)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var name = key[(slash + 1)..];
        if (slash == 0 || (slash > 0 && WrongSubdomain(key[..slash]) is not null))
        {
            errors.Add(new FieldError(path, FieldErrorKind.Invalid, $"Invalid value: \"{key}\": prefix part {SubdomainMessage}"));
        }

        if (name.Length is 0 or > 63 || !KeyName.IsMatch(name))
        {
            errors.Add(new FieldError(path, FieldErrorKind.Invalid, $"Invalid value: \"{key}\": {KeyMessage}"));
        }
    }

    private static string? WrongName(ServedKind kind, string name) => kind.Storage switch
    {
        ("", "namespaces") => WrongLabel(name, Label, LabelMessage),
        ("", "services") => WrongLabel(name, ServiceLabel, ServiceMessage),
        ("rbac.authorization.k8s.io", _) => WrongSegment(name),
        _ => WrongSubdomain(name),
    };

    private static string? WrongSubdomain(string name) =>
        name.Length > 253 ? "must be no more than 253 bytes" : Subdomain.IsMatch(name) ? null : SubdomainMessage;

    private static string? WrongLabel(string name, Regex pattern, string message) =>
        name.Length > 63 ? "must be no more than 63 bytes" : pattern.IsMatch(name) ? null : message;

    private static string? WrongSegment(string name) => name switch
    {
        "." or ".." => $"may not be '{name}'",
        _ when name.Contains('/', StringComparison.Ordinal) => "may not contain '/'",
        _ when name.Contains('%', StringComparison.Ordinal) => "may not contain '%'",
        _ => null,
    };

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Subdomain { get; }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Label { get; }

    [GeneratedRegex(@"^[a-z]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex ServiceLabel { get; }

    [GeneratedRegex(@"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelValue { get; }

    [GeneratedRegex(@"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z", RegexOptions.CultureInvariant)]
    private static partial Regex KeyName { get; }
}
