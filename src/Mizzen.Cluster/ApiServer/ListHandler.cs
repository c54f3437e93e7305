using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Mizzen.Cluster.ApiServer.Objects;
using Mizzen.Cluster.ApiServer.Requests;
using Mizzen.Cluster.Storage;
using Mizzen.Cluster.Tables;

namespace Mizzen.Cluster.ApiServer;

/// <summary>Reads: one object, a list, a watch; as they are or as tables.</summary>
internal sealed class ListHandler(ObjectStore store, WatchStream watches, TimeProvider clock)
{
    public Task ServeAsync(ApiRequest request)
    {
        var query = ListQuery.Read(request);
        return request.Flag("watch") ? watches.ServeAsync(request, query, Renderer(request)) : ListAsync(request, query);
    }

    /// <summary>Answers with one object, be it read or just written.</summary>
    public Task ServeOneAsync(ApiRequest request, StoredObject stored, int code = StatusCodes.Status200OK)
    {
        var body = TableRequest.Read(request, clock.GetUtcNow()) is { } options
            ? JsonBytes.Of(TableResponse.OfObject(TableOf(request), ObjectForm.Node(request.Kind, stored), options))
            : ObjectForm.Json(request.Kind, stored);
        return Answer.BytesAsync(request.Http, code, Answer.Json, body);
    }

    private Func<StoredObject, bool, byte[]> Renderer(ApiRequest request)
    {
        if (TableRequest.Read(request, clock.GetUtcNow()) is not { } options)
        {
            return (stored, _) => ObjectForm.Json(request.Kind, stored);
        }

        var table = TableOf(request);
        return (stored, first) => JsonBytes.Of(
            TableResponse.OfEvent(table, ObjectForm.Node(request.Kind, stored), options with { Now = clock.GetUtcNow() }, first));
    }

    private Task ListAsync(ApiRequest request, ListQuery query)
    {
        var snapshot = store.Snapshot(request.Kind.Storage);
        var (items, next, remaining) = Page(query, snapshot);
        var body = TableRequest.Read(request, clock.GetUtcNow()) is { } options
            ? JsonBytes.Of(TableResponse.OfList(TableOf(request), ListNode(request, items, snapshot.Revision, next, remaining), options))
            : ObjectForm.List(request.Kind, items, snapshot.Revision, next, remaining);
        return Answer.BytesAsync(request.Http, StatusCodes.Status200OK, Answer.Json, body);
    }

    private static KindTable TableOf(ApiRequest request) => KindTable.For(request.Kind.Description with { Group = request.Kind.Storage.Group });

    private static JsonObject ListNode(ApiRequest request, List<StoredObject> items, long revision, string? next, long? remaining)
    {
        var metadata = new JsonObject { ["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture) };
        if (next is not null)
        {
            metadata["continue"] = next;
            metadata["remainingItemCount"] = remaining;
        }

        return new JsonObject { ["metadata"] = metadata, ["items"] = new JsonArray([.. items.Select(item => ObjectForm.Node(request.Kind, item))]) };
    }

    private static (List<StoredObject> Items, string? Continue, long? Remaining) Page(ListQuery query, StoreSnapshot snapshot)
    {
        var all = query.Select(snapshot);
        if (query.After is { } after)
        {
            all = all.Where(stored => stored.Key.CompareTo(after) > 0);
        }

        var items = all.ToList();
        if (query.Limit <= 0 || items.Count <= query.Limit)
        {
            return (items, null, null);
        }

        var page = items[..(int)query.Limit];
        return (page, ListQuery.TokenFor(page[^1], snapshot.Revision), items.Count - page.Count);
    }
}
