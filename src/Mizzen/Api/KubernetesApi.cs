using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mizzen.Api;

/// <summary>
/// The few untyped requests that the verbs need, against any Kubernetes API: find a kind by any of its names, apply, get, delete.
/// Controllers use the typed client; here the user's own words and documents decide the kind.
/// </summary>
internal sealed class KubernetesApi(HttpClient http)
{
    private const string FieldManager = "mizzen";
    private const string ApplyPatch = "application/apply-patch+yaml";
    private const string Discovery = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    private const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io";

    private IReadOnlyList<ServedKind>? _kinds;

    public HttpClient Http => http;

    /// <summary>The kind that an object names.</summary>
    /// <exception cref="UserErrorException">The cluster does not serve it.</exception>
    public async Task<ServedKind> KindOfAsync(JsonObject node, CancellationToken cancellationToken)
    {
        var apiVersion = (string?)node["apiVersion"] ?? "";
        var kind = (string?)node["kind"] ?? "";
        bool IsIt(ServedKind served) => served.ApiVersion == apiVersion && served.Kind == kind;
        var found = (await KindsAsync(cancellationToken)).FirstOrDefault(IsIt);
        if (found is null)
        {
            _kinds = null;
            found = (await KindsAsync(cancellationToken)).FirstOrDefault(IsIt);
        }

        return found ?? throw new UserErrorException($"the cluster does not serve the kind {kind} of {apiVersion}; is its CustomResourceDefinition applied?");
    }

    /// <summary>The kind that a word means: plural, singular, kind or short name, with or without group.</summary>
    /// <exception cref="UserErrorException">No kind is called so.</exception>
    public async Task<ServedKind> KindCalledAsync(string word, CancellationToken cancellationToken)
    {
        var found = (await KindsAsync(cancellationToken)).Where(kind => kind.IsCalled(word)).ToList();
        return found.FirstOrDefault(kind => kind.Preferred) ?? found.FirstOrDefault()
            ?? throw new UserErrorException($"the cluster does not serve a kind called '{word}'");
    }

    /// <summary>Server-side apply of one object; conflicts are taken over, as the user asked for this state.</summary>
    public async Task<ApplyResult> ApplyAsync(JsonObject node, string defaultNamespace, CancellationToken cancellationToken)
    {
        var kind = await KindOfAsync(node, cancellationToken);
        var (ns, name) = IdentityOf(node, kind, defaultNamespace);
        var before = await ResourceVersionAsync(kind, ns, name, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{kind.Path(ns, name)}?fieldManager={FieldManager}&force=true&fieldValidation=Strict");
        request.Content = new StringContent(node.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue(ApplyPatch));
        var after = await SendAsync(request, cancellationToken);
        var change = before is null ? ApplyChange.Created
            : before == (string?)after["metadata"]?["resourceVersion"] ? ApplyChange.Unchanged
            : ApplyChange.Configured;
        return new ApplyResult(kind, ns, name, change);
    }

    /// <summary>Deletes one object; false when it was not there.</summary>
    public async Task<bool> DeleteAsync(ServedKind kind, string? ns, string name, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, kind.Path(ns, name));
        using var response = await http.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }

        await RequireSuccessAsync(response, cancellationToken);
        return true;
    }

    /// <summary>An object or a list as the API server has it.</summary>
    public Task<JsonObject> GetAsync(string pathAndQuery, CancellationToken cancellationToken) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, pathAndQuery), cancellationToken);

    /// <summary>An object or a list as a table with the columns that the server chooses.</summary>
    public async Task<JsonObject> GetTableAsync(string pathAndQuery, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, pathAndQuery);
        request.Headers.TryAddWithoutValidation("Accept", Table);
        return await SendAsync(request, cancellationToken);
    }

    /// <summary>The namespace and name that an object says, with the default where it says none.</summary>
    public static (string? Namespace, string Name) IdentityOf(JsonObject node, ServedKind kind, string defaultNamespace)
    {
        var name = (string?)node["metadata"]?["name"]
            ?? throw new UserErrorException($"a {kind.Kind} has no metadata.name: give it one");
        var ns = kind.Namespaced ? (string?)node["metadata"]?["namespace"] ?? defaultNamespace : null;
        return (ns, name);
    }

    /// <summary>Throws what the server's Status object says.</summary>
    public static async Task RequireSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        string? message;
        try
        {
            message = (string?)JsonNode.Parse(text)?["message"];
        }
        catch (JsonException)
        {
            message = text.Trim();
        }

        throw new UserErrorException(string.IsNullOrEmpty(message) ? $"the API server answered {(int)response.StatusCode}" : message);
    }

    private async Task<string?> ResourceVersionAsync(ServedKind kind, string? ns, string name, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(new Uri(kind.Path(ns, name), UriKind.Relative), cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        await RequireSuccessAsync(response, cancellationToken);
        var node = await JsonNode.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
        return (string?)node?["metadata"]?["resourceVersion"];
    }

    private async Task<JsonObject> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.SendAsync(request, cancellationToken);
            await RequireSuccessAsync(response, cancellationToken);
            var node = await JsonNode.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
            return node as JsonObject ?? throw new UserErrorException("the API server answered something that is not an object");
        }
        catch (HttpRequestException error)
        {
            throw new UserErrorException($"the API server does not answer: {error.Message}", error);
        }
    }

    /// <summary>Every kind that the cluster serves, in every version.</summary>
    public async Task<IReadOnlyList<ServedKind>> KindsAsync(CancellationToken cancellationToken)
    {
        if (_kinds is null)
        {
            var kinds = new List<ServedKind>();
            foreach (var root in new[] { "/api", "/apis" })
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, root);
                request.Headers.TryAddWithoutValidation("Accept", Discovery);
                kinds.AddRange(DiscoveryReader.Read(await SendAsync(request, cancellationToken)));
            }

            _kinds = kinds;
        }

        return _kinds;
    }
}
