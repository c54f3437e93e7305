using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mizzen.Resources;
using Mizzen.Resources.Meta;

namespace Mizzen.Client;

/// <summary>
/// Reads and writes objects of the kinds in <see cref="KindCatalog"/> through any Kubernetes API. Every refusal is an
/// <see cref="ApiException"/>; a server that does not answer is an <see cref="HttpRequestException"/>.
/// </summary>
public sealed class ResourceClient(HttpClient http)
{
    private static readonly JsonElement EmptyObject = JsonSerializer.SerializeToElement(new object());

    /// <summary>The connection, for requests that are about no kind of the catalog.</summary>
    public HttpClient Http => http;

    /// <summary>Reads one object.</summary>
    public async Task<T> GetAsync<T>(string? ns, string name, CancellationToken cancellationToken)
        where T : Resource
    {
        using var response = await http.GetAsync(new Uri(KindCatalog.Of<T>().Path(ns, name), UriKind.Relative), cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    /// <summary>Reads one object, or null when it is not there.</summary>
    public Task<T?> FindAsync<T>(string? ns, string name, CancellationToken cancellationToken)
        where T : Resource => FindAsync<T>(KindCatalog.Of<T>(), ns, name, cancellationToken);

    /// <summary>Reads one object of a kind that is only known now, or null when it is not there.</summary>
    public async Task<T?> FindAsync<T>(ResourceKind kind, string? ns, string name, CancellationToken cancellationToken)
        where T : Resource
    {
        using var response = await http.GetAsync(new Uri(kind.Path(ns, name), UriKind.Relative), cancellationToken);
        return response.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync<T>(response, cancellationToken);
    }

    /// <summary>Reads a collection: of one namespace, or of all when it is null.</summary>
    public Task<ResourceList<T>> ListAsync<T>(string? ns, ListOptions? options, CancellationToken cancellationToken)
        where T : Resource => ListAsync<T>(KindCatalog.Of<T>(), ns, options, cancellationToken);

    /// <summary>Reads a collection of a kind that is only known now.</summary>
    public async Task<ResourceList<T>> ListAsync<T>(ResourceKind kind, string? ns, ListOptions? options, CancellationToken cancellationToken)
        where T : Resource
    {
        var uri = WithQuery(kind.Path(ns), options?.Query() ?? []);
        using var response = await http.GetAsync(uri, cancellationToken);
        await RequireSuccessAsync(response, cancellationToken);
        var list = await JsonSerializer.DeserializeAsync<ListBody<T>>(
            await response.Content.ReadAsStreamAsync(cancellationToken), ResourceJson.Options, cancellationToken);
        return new ResourceList<T>(list?.Items ?? [], list?.Metadata.ResourceVersion ?? "");
    }

    /// <summary>
    /// Follows a collection from a version on, until the server ends the watch (after some minutes), the connection breaks
    /// (<see cref="IOException"/>, <see cref="HttpRequestException"/>) or the version is too old (<see cref="ApiException.IsExpired"/>).
    /// </summary>
    public IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? ns, string resourceVersion, ListOptions? options, CancellationToken cancellationToken)
        where T : Resource => WatchAsync<T>(KindCatalog.Of<T>(), ns, resourceVersion, options, cancellationToken);

    /// <summary>Follows a collection of a kind that is only known now.</summary>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        ResourceKind kind, string? ns, string resourceVersion, ListOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : Resource
    {
        string[] query = [.. options?.Query() ?? [], "watch=true", "allowWatchBookmarks=true", "resourceVersion=" + resourceVersion];
        using var response = await http.GetAsync(
            WithQuery(kind.Path(ns), query), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await RequireSuccessAsync(response, cancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0)
            {
                yield return ReadEvent<T>(line);
            }
        }
    }

    /// <summary>Creates an object.</summary>
    public Task<T> CreateAsync<T>(T resource, CancellationToken cancellationToken)
        where T : Resource => SendAsync(HttpMethod.Post, KindCatalog.Of<T>().Path(resource.Metadata.Namespace), resource, cancellationToken);

    /// <summary>Replaces an object; its resourceVersion, where set, must still be current.</summary>
    public Task<T> ReplaceAsync<T>(T resource, CancellationToken cancellationToken)
        where T : Resource => SendAsync(HttpMethod.Put, PathOf(resource), resource, cancellationToken);

    /// <summary>Replaces an object's status.</summary>
    public Task<T> ReplaceStatusAsync<T>(T resource, CancellationToken cancellationToken)
        where T : Resource => SendAsync(HttpMethod.Put, PathOf(resource) + "/status", resource, cancellationToken);

    /// <summary>Patches an object or one of its subresources (<c>status</c>, <c>scale</c>).</summary>
    public Task<T> PatchAsync<T>(
        string? ns, string name, PatchType type, JsonNode patch, string? subresource, CancellationToken cancellationToken)
        where T : Resource => PatchAsync<T>(KindCatalog.Of<T>(), ns, name, type, patch, subresource, cancellationToken);

    /// <summary>Patches an object of a kind that is only known now.</summary>
    public async Task<T> PatchAsync<T>(
        ResourceKind kind, string? ns, string name, PatchType type, JsonNode patch, string? subresource, CancellationToken cancellationToken)
        where T : Resource
    {
        var path = kind.Path(ns, name) + (subresource is null ? "" : "/" + subresource);
        using var response = await SendPatchAsync(path, MediaTypeOf(type), patch, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    /// <summary>Server-side apply: the object has these fields, and the manager owns them.</summary>
    public async Task<T> ApplyAsync<T>(T resource, string fieldManager, bool force, CancellationToken cancellationToken)
        where T : Resource
    {
        var kind = KindCatalog.Of<T>();
        var node = ResourceJson.ToNode(resource with { ApiVersion = kind.ApiVersion, Kind = kind.Kind });
        return ResourceJson.FromNode<T>(await ApplyAsync(kind, node, fieldManager, force, cancellationToken));
    }

    /// <summary>Server-side apply of an object whose kind is only known now.</summary>
    public async Task<JsonObject> ApplyAsync(
        ResourceKind kind, JsonObject node, string fieldManager, bool force, CancellationToken cancellationToken)
    {
        var metadata = node["metadata"];
        var path = kind.Path((string?)metadata?["namespace"], (string?)metadata?["name"]);
        var query = $"?fieldManager={Uri.EscapeDataString(fieldManager)}&force={(force ? "true" : "false")}";
        using var response = await SendPatchAsync(path + query, "application/apply-patch+yaml", node, cancellationToken);
        return await ReadAsync<JsonObject>(response, cancellationToken);
    }

    /// <summary>Deletes an object; false when it was not there.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="name">The name.</param>
    /// <param name="options">How; null for the kind's own way.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<bool> DeleteAsync<T>(string? ns, string name, DeleteOptions? options, CancellationToken cancellationToken)
        where T : Resource => DeleteAsync(KindCatalog.Of<T>(), ns, name, options, cancellationToken);

    /// <summary>Deletes an object of a kind that is only known now; false when it was not there.</summary>
    public async Task<bool> DeleteAsync(ResourceKind kind, string? ns, string name, DeleteOptions? options, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, kind.Path(ns, name));
        if (options is not null)
        {
            request.Content = JsonBody(options);
        }

        using var response = await http.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }

        await RequireSuccessAsync(response, cancellationToken);
        return true;
    }

    /// <summary>Deletes every object of a kind in a namespace; those that finalizers or a grace period hold stay until those end.</summary>
    public async Task DeleteCollectionAsync(ResourceKind kind, string ns, CancellationToken cancellationToken)
    {
        using var response = await http.DeleteAsync(new Uri(kind.Path(ns), UriKind.Relative), cancellationToken);
        await RequireSuccessAsync(response, cancellationToken);
    }

    /// <summary>Posts to a subresource, such as a pod's <c>binding</c> or a service account's <c>token</c>.</summary>
    public async Task<TAnswer> PostAsync<T, TAnswer>(string? ns, string name, string subresource, object body, CancellationToken cancellationToken)
        where T : Resource
        where TAnswer : class
    {
        using var response = await http.PostAsync(
            new Uri(KindCatalog.Of<T>().Path(ns, name) + "/" + subresource, UriKind.Relative), JsonBody(body), cancellationToken);
        return await ReadAsync<TAnswer>(response, cancellationToken);
    }

    /// <summary>Throws what the server said, unless it agreed.</summary>
    public static async Task RequireSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        Status status;
        try
        {
            status = ResourceJson.Deserialize<Status>(text);
        }
        catch (JsonException)
        {
            status = new Status { Message = text.Trim(), Code = (int)response.StatusCode };
        }

        throw new ApiException((int)response.StatusCode, status);
    }

    private static string PathOf<T>(T resource)
        where T : Resource => KindCatalog.Of<T>().Path(resource.Metadata.Namespace, resource.Metadata.Name);

    private static WatchEvent<T> ReadEvent<T>(string line)
        where T : Resource
    {
        var body = ResourceJson.Deserialize<EventBody>(line);
        if (body.Type == "ERROR")
        {
            var status = body.Object.Deserialize<Status>(ResourceJson.Options)!;
            throw new ApiException(status.Code ?? (int)HttpStatusCode.InternalServerError, status);
        }

        var resource = body.Object.Deserialize<T>(ResourceJson.Options)!;
        if (!Enum.TryParse<WatchEventType>(body.Type, ignoreCase: true, out var type))
        {
            throw new JsonException($"'{body.Type}' is not a type of watch event");
        }

        return new WatchEvent<T>(type, resource, resource.Metadata.ResourceVersion ?? "");
    }

    private async Task<T> SendAsync<T>(HttpMethod method, string path, T resource, CancellationToken cancellationToken)
        where T : Resource
    {
        var kind = KindCatalog.Of<T>();
        using var request = new HttpRequestMessage(method, path);
        request.Content = JsonBody(resource with { ApiVersion = kind.ApiVersion, Kind = kind.Kind });
        using var response = await http.SendAsync(request, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    private Task<HttpResponseMessage> SendPatchAsync(string path, string mediaType, JsonNode patch, CancellationToken cancellationToken) =>
        http.PatchAsync(
            new Uri(path, UriKind.Relative), new StringContent(patch.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue(mediaType)), cancellationToken);

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await RequireSuccessAsync(response, cancellationToken);
        var value = await JsonSerializer.DeserializeAsync<T>(
            await response.Content.ReadAsStreamAsync(cancellationToken), ResourceJson.Options, cancellationToken);
        return value ?? throw new JsonException("the API server answered null");
    }

    private static ByteArrayContent JsonBody(object body) =>
        new(JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), ResourceJson.Options))
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };

    private static Uri WithQuery(string path, IEnumerable<string> query)
    {
        var text = string.Join('&', query);
        return new Uri(text.Length == 0 ? path : $"{path}?{text}", UriKind.Relative);
    }

    private static string MediaTypeOf(PatchType type) => type switch
    {
        PatchType.Json => "application/json-patch+json",
        PatchType.Strategic => "application/strategic-merge-patch+json",
        _ => "application/merge-patch+json",
    };

    private sealed record ListBody<T>
    {
        public IReadOnlyList<T> Items { get; init; } = [];

        public ListMeta Metadata { get; init; } = new();
    }

    private sealed record EventBody
    {
        public string Type { get; init; } = "";

        public JsonElement Object { get; init; } = EmptyObject;
    }
}
