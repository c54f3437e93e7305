using System.Text.Json.Nodes;
using Mizzen.Resources.Schema;

namespace Mizzen.Cluster.Patching;

/// <summary>Server-side apply: a manager says all the fields that it wants, and owns exactly those.</summary>
public static class ServerSideApply
{
    private const string BeforeFirstApply = "before-first-apply";
    private const string Kubectl = "kubectl";
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>Works out what the object becomes. Neither object is changed.</summary>
    /// <param name="live">The stored object in the version of the request; null when there is none.</param>
    /// <param name="applied">What the manager wants, exactly as it was sent.</param>
    /// <param name="context">Who applies.</param>
    /// <exception cref="PatchException">The applied object carries managedFields, or a list item without its keys (400).</exception>
    public static ApplyResult Apply(JsonObject? live, JsonObject applied, ApplyContext context)
    {
        if (Ownership.ListOf(applied) is { Count: > 0 })
        {
            throw PatchException.Malformed("metadata.managedFields must be nil");
        }

        var application = new Application(live, applied, context);
        var conflicts = context.Force ? [] : application.Conflicts();
        if (conflicts.Count > 0 && context.Manager == Kubectl && application.HandedOver(conflicts))
        {
            conflicts = [];
        }

        return conflicts.Count > 0 ? new ApplyResult(null, conflicts) : new ApplyResult(application.Finish(), []);
    }

    private sealed class Application
    {
        private readonly ApplyContext _context;
        private readonly StructuralSchema _schema;
        private readonly JsonObject? _stored;
        private readonly JsonObject _live;
        private readonly JsonObject _merged;
        private readonly Ownership _ownership;
        private readonly ManagerIdentity _self;
        private readonly ObjectComparison _difference;
        private readonly bool _ownsOtherThings;

        public Application(JsonObject? live, JsonObject applied, ApplyContext context)
        {
            _context = context;
            _stored = live;
            _schema = FieldShapes.OfObject(context.Schema);
            _live = WithoutManagedFields(live ?? []);
            _self = ManagerIdentity.Of(context.Manager, ManagerIdentity.Apply, context.ApiVersion, context.Subresource);
            _ownership = OwnershipOf(live);
            var wanted = Writable(applied, context.ResetFields);
            var last = _ownership.FieldsOf(_self);
            var owned = OwnedFields.Strip(FieldSetOf.Value(_schema, wanted), context.ResetFields);
            _ownsOtherThings = !owned.SetEquals(last);
            _ownership.Set(_self, context.ApiVersion, TimeOf(live), owned);
            _merged = new AbandonedFields(_schema, _ownership).RemoveFrom((JsonObject)ObjectMerge.Values(_schema, _live, wanted)!, last);
            _difference = ObjectComparison.Of(_schema, _live, _merged);
        }

        public List<ApplyConflict> Conflicts() =>
        [
            .. from entry in _ownership.Entries
               where entry.Identity != _self
               from path in entry.Fields.Intersection(_difference.Changed).Paths()
               orderby entry.Identity.Manager, path
               select new ApplyConflict(entry.Identity.ToString(), path),
        ];

        // kubectl's client-side apply left the applied values in an annotation; where they still stand, its server-side apply is the
        // same person going on.
        public bool HandedOver(List<ApplyConflict> conflicts)
        {
            if ((string?)(_live["metadata"]?["annotations"] as JsonObject)?[LastApplied] is not { } text
                || ParseOrNull(text) is not { } before)
            {
                return false;
            }

            var difference = ObjectComparison.Of(_schema, before, _live);
            var unchanged = FieldSetOf.Value(_schema, before).Difference(difference.Changed).Difference(difference.Removed);
            var mine = unchanged.Paths().ToHashSet(StringComparer.Ordinal);
            return conflicts.All(conflict => mine.Contains(conflict.Field));
        }

        public JsonObject Finish()
        {
            _ownership.Take(_difference.Changed.Union(_difference.Removed), exceptFrom: _self);
            var changed = !_difference.IsSame || _stored is null;
            if (changed || _ownsOtherThings)
            {
                _ownership.Set(_self, _context.ApiVersion, Ownership.TimeText(_context.Now), _ownership.FieldsOf(_self));
            }

            if (_merged["metadata"] is not JsonObject)
            {
                _merged["metadata"] = new JsonObject();
            }

            _ownership.WriteTo(_merged);
            return _merged;
        }

        private Ownership OwnershipOf(JsonObject? live)
        {
            var ownership = Ownership.Of(live);
            if (live is not null && ownership.IsEmpty)
            {
                var fields = OwnedFields.Strip(FieldSetOf.Value(_schema, _live), []);
                var identity = ManagerIdentity.Of(BeforeFirstApply, ManagerIdentity.Update, _context.ApiVersion, subresource: null);
                ownership.Set(identity, _context.ApiVersion, Ownership.TimeText(_context.Now), fields);
            }

            return ownership;
        }

        private string? TimeOf(JsonObject? live) => Ownership.Of(live).Entries.FirstOrDefault(entry => entry.Identity == _self)?.Time;

        private static JsonObject Writable(JsonObject applied, IReadOnlyList<string> resetFields)
        {
            var copy = (JsonObject)applied.DeepClone();
            foreach (var name in resetFields)
            {
                copy.Remove(name);
            }

            return copy;
        }

        private static JsonObject WithoutManagedFields(JsonObject json)
        {
            var copy = (JsonObject)json.DeepClone();
            (copy["metadata"] as JsonObject)?.Remove("managedFields");
            return copy;
        }

        private static JsonObject? ParseOrNull(string text)
        {
            try
            {
                return JsonNode.Parse(text) as JsonObject;
            }
            catch (System.Text.Json.JsonException)
            {
                return null;
            }
        }
    }
}
