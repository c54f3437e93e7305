using Envoy.Config.Core.V3;
using Envoy.Config.Listener.V3;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;
using Mizzen.ControlPlane.Model;
using Mizzen.ControlPlane.Model.EnvoyFilters;
using HttpConnectionManager = Envoy.Extensions.Filters.Network.HttpConnectionManager.V3.HttpConnectionManager;

namespace Mizzen.ControlPlane.Translation.Patching;

/// <summary>Listeners as patches leave them: first the listener, then its chains, then the filters in them.</summary>
internal sealed class ListenerPatches(PatchSet set, RoutePatches routes)
{
    /// <summary>The listener; the same object when no patch changes it, null when one removes it.</summary>
    public Listener? Apply(Listener listener)
    {
        var context = set.Type == ProxyType.Router ? PatchContext.Gateway
            : listener.TrafficDirection == TrafficDirection.Inbound ? PatchContext.SidecarInbound
            : PatchContext.SidecarOutbound;
        var change = new Change(set, routes, listener.Clone(), context);
        return change.Run() is not { } patched ? null : patched.Equals(listener) ? listener : Origins.Note(patched, change.Applied);
    }

    private sealed class Change(PatchSet set, RoutePatches routes, Listener listener, PatchContext context)
    {
        public HashSet<EnvoyPatch> Applied { get; } = [];

        public Listener? Run()
        {
            foreach (var patch in Mine(PatchPlace.Listener).Where(patch => patch.Operation != PatchOperation.Add))
            {
                if (patch.Operation == PatchOperation.Remove)
                {
                    return null;
                }

                MessageMerge.Merge(listener, patch.Value!, patch.Operation == PatchOperation.MergeAndReplaceList);
            }

            PatchedList.Apply(
                listener.ListenerFilters, [.. Mine(PatchPlace.ListenerFilter)], ListenerMatches.NamesListenerFilter, (filter, patch) => ListenerMatches.Includes(patch, filter), _ => listener.ListenerFilters.Count);
            PatchChains();
            return listener.FilterChains.Count == 0 && listener.DefaultFilterChain is null ? null : listener;
        }

        private void PatchChains()
        {
            for (var i = listener.FilterChains.Count - 1; i >= 0; i--)
            {
                if (!Patch(listener.FilterChains[i]))
                {
                    listener.FilterChains.RemoveAt(i);
                }
            }

            if (listener.DefaultFilterChain is { } rest && !Patch(rest))
            {
                listener.DefaultFilterChain = null;
            }

            foreach (var patch in Mine(PatchPlace.FilterChain).Where(patch => patch.Operation == PatchOperation.Add))
            {
                listener.FilterChains.Add(((FilterChain)patch.Value!).Clone());
            }
        }

        /// <summary>False when the chain is removed.</summary>
        private bool Patch(FilterChain chain)
        {
            foreach (var patch in Mine(PatchPlace.FilterChain, chain).Where(patch => patch.Operation != PatchOperation.Add))
            {
                if (patch.Operation == PatchOperation.Remove)
                {
                    return false;
                }

                MessageMerge.Merge(chain, patch.Value!, patch.Operation == PatchOperation.MergeAndReplaceList);
            }

            PatchedList.Apply(
                chain.Filters, [.. Mine(PatchPlace.NetworkFilter, chain)], ListenerMatches.NamesFilter, (filter, patch) => ListenerMatches.Includes(patch, filter), _ => BeforeLast(chain.Filters));
            foreach (var filter in chain.Filters.Where(filter => filter.TypedConfig?.Is(HttpConnectionManager.Descriptor) == true))
            {
                PatchManager(filter, [.. Mine(PatchPlace.HttpFilter, chain).Where(patch => ListenerMatches.IsInside(patch, filter))]);
            }

            return chain.Filters.Count > 0;
        }

        private void PatchManager(Filter filter, IReadOnlyList<EnvoyPatch> patches)
        {
            var manager = filter.TypedConfig.Unpack<HttpConnectionManager>();
            PatchedList.Apply(
                manager.HttpFilters, patches, ListenerMatches.NamesSubFilter, (inner, patch) => ListenerMatches.Includes(patch, inner), patch => HttpFilterPlaces.EndFor(patch, manager.HttpFilters));
            var table = manager.RouteConfig is { } own ? routes.Apply(own, context) : null;
            if (table is not null && !ReferenceEquals(table, manager.RouteConfig))
            {
                manager.RouteConfig = table;
            }

            filter.TypedConfig = Any.Pack(manager);
        }

        private IEnumerable<EnvoyPatch> Mine(PatchPlace place) => set.Of(place, context).Where(patch => ListenerMatches.Includes(set, patch, listener)).Select(Note);

        private IEnumerable<EnvoyPatch> Mine(PatchPlace place, FilterChain chain) =>
            set.Of(place, context).Where(patch => ListenerMatches.Includes(set, patch, listener) && ListenerMatches.Includes(patch, listener, chain)).Select(Note);

        private EnvoyPatch Note(EnvoyPatch patch)
        {
            Applied.Add(patch);
            return patch;
        }

        // The last filter ends the chain: nothing can come behind it.
        private static int BeforeLast(RepeatedField<Filter> filters) =>
            filters.Count > 0 && filters[^1].Name is EnvoyNames.ConnectionManager or EnvoyNames.TcpProxy ? filters.Count - 1 : filters.Count;
    }
}
