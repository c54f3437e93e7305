using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Mizzen.Client;
using Mizzen.Resources;
using Mizzen.Resources.Meta;

namespace Mizzen.Cluster.Tests.Sandboxed;

/// <summary>Lists and watches over objects that a test puts here: enough of an API for what only reads.</summary>
internal sealed class FixedApi : HttpMessageHandler
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Dictionary<string, JsonObject>> _collections = [];
    private readonly List<(string Path, PipeWriter Watch)> _watches = [];
    private int _version;

    public FixedApi()
    {
        Client = new ResourceClient(new HttpClient(this) { BaseAddress = new Uri("http://fixed") });
    }

    public ResourceClient Client { get; }

    public void Put<T>(T resource)
        where T : Resource => Change(resource, removed: false);

    public void Remove<T>(T resource)
        where T : Resource => Change(resource, removed: true);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        lock (_lock)
        {
            HttpContent content = request.RequestUri.Query.Contains("watch=true", StringComparison.Ordinal) ? Watch(path) : List(path);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content });
        }
    }

    private StreamContent Watch(string path)
    {
        var pipe = new Pipe();
        _watches.Add((path, pipe.Writer));
        return new StreamContent(pipe.Reader.AsStream());
    }

    private StringContent List(string path)
    {
        var items = _collections.GetValueOrDefault(path, []).Values.Select(item => item.DeepClone()).ToArray();
        var list = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = $"{_version}" }, ["items"] = new JsonArray(items) };
        return new StringContent(list.ToJsonString(), Encoding.UTF8, "application/json");
    }

    private void Change<T>(T resource, bool removed)
        where T : Resource
    {
        lock (_lock)
        {
            var kind = KindCatalog.Of<T>();
            var node = ResourceJson.ToNode(resource with { ApiVersion = kind.ApiVersion, Kind = kind.Kind });
            node["metadata"]!["resourceVersion"] = $"{++_version}";
            var path = kind.Path(null);
            var key = $"{resource.Metadata.Namespace}/{resource.Metadata.Name}";
            _collections.TryAdd(path, []);
            var isNew = _collections[path].TryAdd(key, node);
            _collections[path][key] = node;
            if (removed)
            {
                _collections[path].Remove(key);
            }

            var change = new JsonObject { ["type"] = removed ? "DELETED" : isNew ? "ADDED" : "MODIFIED", ["object"] = node.DeepClone() };
            foreach (var (_, watch) in _watches.Where(watch => watch.Path == path))
            {
                watch.WriteAsync(Encoding.UTF8.GetBytes(change.ToJsonString() + "\n")).AsTask();
            }
        }
    }
}
