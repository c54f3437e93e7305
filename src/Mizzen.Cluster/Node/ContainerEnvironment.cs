using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Mizzen.Cluster.Scheduling;
using Mizzen.Resources.Core;

namespace Mizzen.Cluster.Node;

/// <summary>The environment of a container: its own variables, those from ConfigMaps and Secrets, the pod's facts, and references between them.</summary>
internal sealed partial class ContainerEnvironment(Pod pod, PodFacts facts, IConfigurationSource configuration)
{
    /// <summary>What a program needs of the host to find its runtime.</summary>
    private static readonly string[] Inherited = ["PATH", "HOME", "LANG", "TZ", "DOTNET_ROOT"];

    public async Task<Dictionary<string, string>> BuildAsync(Container container, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in Inherited)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                values[name] = name == "HOME" && IsSomebodyElse(container) ? "/" : value;
            }
        }

        values["HOSTNAME"] = pod.Spec?.Hostname ?? pod.Metadata.Name ?? "";
        values["KUBERNETES_SERVICE_HOST"] = Network.ClusterNetwork.ApiServerAddress.ToString();
        values["KUBERNETES_SERVICE_PORT"] = "443";
        foreach (var source in container.EnvFrom ?? [])
        {
            await AddAllAsync(values, source, cancellationToken);
        }

        foreach (var variable in container.Env ?? [])
        {
            var value = variable.ValueFrom is { } from
                ? await ResolveAsync(from, container, cancellationToken)
                : Expand(variable.Value ?? "", values);
            if (value is not null)
            {
                values[variable.Name] = value;
            }
        }

        return values;
    }

    /// <summary>Replaces <c>$(NAME)</c> by the variable's value; <c>$$(NAME)</c> stands for itself, and so does an unknown name.</summary>
    public static string Expand(string text, IReadOnlyDictionary<string, string> values) => Reference.Replace(text, match =>
        match.Groups["escaped"].Success ? match.Value[1..] : values.GetValueOrDefault(match.Groups["name"].Value, match.Value));

    /// <summary>A fact of the pod by its path, for variables and downward files; null when there is no such fact.</summary>
    public string? Field(string path) => path switch
    {
        "metadata.name" => pod.Metadata.Name,
        "metadata.namespace" => pod.Metadata.Namespace,
        "metadata.uid" => pod.Metadata.Uid,
        "metadata.labels" => Pairs(pod.Metadata.Labels),
        "metadata.annotations" => Pairs(pod.Metadata.Annotations),
        "spec.nodeName" => pod.Spec?.NodeName,
        "spec.serviceAccountName" => pod.Spec?.ServiceAccountName ?? "default",
        "status.hostIP" or "status.hostIPs" => facts.HostAddress,
        "status.podIP" or "status.podIPs" => facts.PodAddress,
        _ when Keyed(path, "metadata.labels") is { } label => pod.Metadata.Labels?.GetValueOrDefault(label) ?? "",
        _ when Keyed(path, "metadata.annotations") is { } annotation => pod.Metadata.Annotations?.GetValueOrDefault(annotation) ?? "",
        _ => throw new NodeException($"fieldPath {path} is not a fact that a pod can be told"),
    };

    // Nobody told the machine where such a user is at home: containers say the root folder then.
    private bool IsSomebodyElse(Container container) =>
        ContainerUser.Of(pod.Spec?.SecurityContext, container.SecurityContext) is { } user && UserMap.Current.Obstacle(user) is null;

    private async Task AddAllAsync(Dictionary<string, string> values, EnvFromSource source, CancellationToken cancellationToken)
    {
        var all = source.ConfigMapRef is { Name: { } map } mapReference
            ? await configuration.ConfigMapAsync(pod.Metadata.Namespace!, map, mapReference.Optional ?? false, cancellationToken)
            : source.SecretRef is { Name: { } secret } secretReference
                ? await configuration.SecretAsync(pod.Metadata.Namespace!, secret, secretReference.Optional ?? false, cancellationToken)
                : new Dictionary<string, byte[]>();
        foreach (var (name, value) in all)
        {
            values[source.Prefix + name] = Encoding.UTF8.GetString(value);
        }
    }

    private async Task<string?> ResolveAsync(EnvVarSource from, Container container, CancellationToken cancellationToken) => from switch
    {
        { FieldRef: { } field } => Field(field.FieldPath),
        { ResourceFieldRef: { } resource } => Resource(resource, container),
        { ConfigMapKeyRef: { } key } => Value(
            key, "ConfigMap", await configuration.ConfigMapAsync(pod.Metadata.Namespace!, key.Name ?? "", key.Optional ?? false, cancellationToken)),
        { SecretKeyRef: { } key } => Value(
            key, "Secret", await configuration.SecretAsync(pod.Metadata.Namespace!, key.Name ?? "", key.Optional ?? false, cancellationToken)),
        _ => null,
    };

    private static string? Value(KeySelector key, string kind, IReadOnlyDictionary<string, byte[]> values)
    {
        if (values.TryGetValue(key.Key, out var value))
        {
            return Encoding.UTF8.GetString(value);
        }

        return key.Optional == true ? null : throw new NodeException($"couldn't find key {key.Key} in {kind} {key.Name}");
    }

    /// <summary>A limit or request in units of its divisor, rounded up. Without a limit a container may use the whole node.</summary>
    public static string Resource(ResourceFieldSelector selector, Container container)
    {
        var parts = selector.Resource.Split('.', 2);
        var amounts = parts[0] == "requests" ? container.Resources?.Requests : container.Resources?.Limits;
        decimal amount = parts[^1] == "cpu" ? Environment.ProcessorCount : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (amounts is not null && amounts.TryGetValue(parts[^1], out var written))
        {
            amount = Read(written.ToString());
        }

        return Math.Ceiling(amount / Read(selector.Divisor is { Length: > 0 } and not "0" ? selector.Divisor : "1")).ToString(CultureInfo.InvariantCulture);
    }

    private static decimal Read(string quantity) =>
        Quantity.TryParse(quantity, out var amount) ? amount : throw new NodeException($"\"{quantity}\" is not an amount of a resource");

    private static string Pairs(IReadOnlyDictionary<string, string>? values) =>
        string.Join('\n', (values ?? new Dictionary<string, string>()).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{pair.Key}={System.Text.Json.JsonSerializer.Serialize(pair.Value)}"));

    private static string? Keyed(string path, string prefix) =>
        path.StartsWith(prefix + "['", StringComparison.Ordinal) && path.EndsWith("']", StringComparison.Ordinal) ? path[(prefix.Length + 2)..^2] : null;

    [GeneratedRegex(@"(?<escaped>\$)?\$\((?<name>[-._a-zA-Z][-._a-zA-Z0-9]*)\)", RegexOptions.CultureInvariant)]
    private static partial Regex Reference { get; }
}

/// <summary>What only the node knows of a pod.</summary>
internal sealed record PodFacts(string PodAddress, string HostAddress);

/// <summary>Where values of ConfigMaps and Secrets come from.</summary>
internal interface IConfigurationSource
{
    /// <summary>The values; empty when the object is optional and missing.</summary>
    Task<IReadOnlyDictionary<string, byte[]>> ConfigMapAsync(string ns, string name, bool optional, CancellationToken cancellationToken);

    /// <inheritdoc cref="ConfigMapAsync"/>
    Task<IReadOnlyDictionary<string, byte[]>> SecretAsync(string ns, string name, bool optional, CancellationToken cancellationToken);

    /// <summary>A token for the pod's service account.</summary>
    Task<string> TokenAsync(Pod pod, string? audience, long expirationSeconds, CancellationToken cancellationToken);
}
