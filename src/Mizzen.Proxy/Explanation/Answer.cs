using Google.Protobuf.WellKnownTypes;
using Mizzen.Proxy.Http;
using Mizzen.Proxy.Listeners;
using Mizzen.Proxy.Routing;
using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Explanation;

/// <summary>What the configuration does with a request, decided by the code that serves traffic: names and positions, for whoever has the configuration.</summary>
internal static class Answer
{
    private const uint AllDice = 0;

    /// <summary>Listener, filter chain, and for HTTP the virtual host and each of its routes with the reason why it does not match.</summary>
    public static Struct To(Question question, ProxySnapshot snapshot)
    {
        var answer = new Struct();
        if (ListenerOf(question, snapshot.Listeners) is not { } listener)
        {
            Put(answer, "end", Value.ForString($"no listener takes connections to {question.Destination}"));
            return answer;
        }

        Put(answer, "listener", Value.ForString(listener.Name));
        var index = FilterChainChoice.Choose(listener, question.Destination, question.Traits);
        Put(answer, "chain", Value.ForNumber(index));
        if (index < 0)
        {
            Put(answer, "end", Value.ForString($"no filter chain of listener {listener.Name} takes the connection: it is closed"));
            return answer;
        }

        var chain = index < listener.Chains.Count ? listener.Chains[index] : listener.DefaultChain!;
        Put(answer, "isDefaultChain", Value.ForBool(index == listener.Chains.Count));
        Put(answer, "access", Value.ForList([.. Access.Of(question, chain).Select(Value.ForStruct)]));
        if (chain.Http is { } http && question.Head is { } head)
        {
            AddRoutes(answer, http, head);
        }
        else if (chain.Tcp is { } tcp)
        {
            Put(answer, "clusters", Value.ForList([.. tcp.Clusters.Select(cluster => Value.ForString(cluster.Cluster.Name))]));
        }

        return answer;
    }

    // What arrives at a server was redirected to the one inbound listener, unless a port was opened for it.
    private static ListenerModel? ListenerOf(Question question, IReadOnlyList<ListenerModel> listeners)
    {
        if (!question.IsInbound)
        {
            return ListenerChoice.Find(listeners, question.Destination);
        }

        var inbound = listeners.Where(static listener => listener.Direction == TrafficDirection.Inbound).ToList();
        return ListenerChoice.Find(inbound, question.Destination) ?? inbound.Find(static listener => listener.Address.Address.Equals(System.Net.IPAddress.Any));
    }

    private static void AddRoutes(Struct answer, HttpModel http, RequestHead head)
    {
        PathNormalization.Apply(head, http.NormalizePath, http.MergeSlashes);
        Put(answer, "path", Value.ForString(System.Text.Encoding.UTF8.GetString(head.Path)));
        if (http.Routes is not { } table)
        {
            Put(answer, "end", Value.ForString($"the routes {http.RouteName} have not come yet: the answer is 404"));
            return;
        }

        Put(answer, "routeConfiguration", Value.ForString(table.Name));
        if (RouteMatcher.FindHost(table, head.Authority) is not { } host)
        {
            Put(answer, "end", Value.ForString($"no virtual host of {table.Name} has the name: the answer is 404"));
            return;
        }

        Put(answer, "virtualHost", Value.ForString(host.Name));
        AddMismatches(answer, host, head, RouteMatcher.Match(table, head, AllDice));
    }

    private static void AddMismatches(Struct answer, VirtualHostModel host, RequestHead head, RouteMatch? match)
    {
        var reasons = new List<Value>();
        for (var i = 0; i < host.Routes.Count; i++)
        {
            if (match is { } found && ReferenceEquals(found.Route, host.Routes[i]))
            {
                Put(answer, "route", Value.ForNumber(i));
                break;
            }

            reasons.Add(Value.ForString(Mismatch.Of(host.Routes[i].Match, head)));
        }

        Put(answer, "mismatches", Value.ForList([.. reasons]));
        if (match is null)
        {
            Put(answer, "end", Value.ForString("no route matches: the answer is 404"));
        }
    }

    private static void Put(Struct answer, string name, Value value) => answer.Fields[name] = value;
}
