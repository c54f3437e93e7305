using Mizzen.Proxy.Runtime;

namespace Mizzen.Proxy.Routing;

/// <summary>The route of a request, and where it was found.</summary>
internal readonly record struct RouteMatch(VirtualHostModel Host, RouteModel Route);
